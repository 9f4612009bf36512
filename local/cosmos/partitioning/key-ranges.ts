import { badRequest } from "../cosmos-error.ts";
import { type PartitionKeyDefinition, v1Boundary } from "./effective-partition-key.ts";

/** A part of the key space, `minInclusive <= epk < maxExclusive`, compared as strings. */
export type KeyRange = { readonly minInclusive: string; readonly maxExclusive: string };

const V2_KEY_SPACE = (1n << 126n) - 1n;
const HEX_DIGITS = 32;

/**
 * Divides the whole key space evenly, as a new container's is.
 *
 * source  the service's own boundaries, seen in the SDKs' recorded tests
 */
export const evenKeyRanges = (
  count: number,
  definition: PartitionKeyDefinition,
): readonly KeyRange[] => {
  const boundary = (i: number): string =>
    definition.version === 1 && definition.kind === "Hash"
      ? v1Boundary(i * Math.floor(0xffffffff / count))
      : hex(BigInt(i) * (V2_KEY_SPACE / BigInt(count)));
  return Array.from({ length: count }, (_, i) => ({
    minInclusive: i === 0 ? "" : boundary(i),
    maxExclusive: i === count - 1 ? "FF" : boundary(i + 1),
  }));
};

/** Finds the boundary that halves a range; throws 400 for version 1 keys, whose space is not even. */
export const middleOf = (range: KeyRange, definition: PartitionKeyDefinition): string => {
  if (definition.version === 1) {
    throw badRequest("This server splits containers with partition key version 2 only.");
  }
  const min = range.minInclusive === "" ? 0n : number(range.minInclusive);
  const max = range.maxExclusive === "FF" ? V2_KEY_SPACE : number(range.maxExclusive);
  return hex((min + max) / 2n);
};

export const contains = (range: KeyRange, epk: string): boolean =>
  range.minInclusive <= epk && epk < range.maxExclusive;

const hex = (value: bigint): string => value.toString(16).toUpperCase().padStart(HEX_DIGITS, "0");

const number = (boundary: string): bigint =>
  BigInt(`0x${boundary.slice(0, HEX_DIGITS).padEnd(HEX_DIGITS, "0")}`);
