import type { JsonValue } from "../json.ts";
import { murmurHash32, murmurHash128 } from "./murmur-hash.ts";

export type PartitionKeyDefinition = {
  readonly paths: readonly string[];
  readonly kind: "Hash" | "MultiHash";
  readonly version: 1 | 2;
};

/** Bytes of a string that take part in a version 1 key. */
const V1_SIGNIFICANT_CHARACTERS = 100;

/**
 * Computes where a partition key lies in the key space of its container.
 *
 * shape   upper-case hex, ordered by plain string comparison; a component `{}` means "no value"
 * source  the SDK's own hashing (@azure/cosmos utils/hashing); its vectors are tests here
 */
export const effectivePartitionKey = (
  components: readonly JsonValue[],
  definition: PartitionKeyDefinition,
): string => {
  if (components.length === 0) return "";
  if (definition.kind === "MultiHash") return components.map((one) => hashV2([one])).join("");
  return definition.version === 2 ? hashV2(components) : hashV1(components);
};

const hashV2 = (components: readonly JsonValue[]): string => {
  const hash = murmurHash128(Buffer.concat(components.map((one) => hashInput(one, 0xff))));
  hash.reverse();
  hash[0] = (hash[0] ?? 0) & 0x3f;
  return hash.toString("hex").toUpperCase();
};

const hashV1 = (components: readonly JsonValue[]): string => {
  const significant = components.map((one) =>
    typeof one === "string" ? one.slice(0, V1_SIGNIFICANT_CHARACTERS) : one,
  );
  const hash = murmurHash32(Buffer.concat(significant.map((one) => hashInput(one, 0x00))));
  const parts = [orderedNumber(hash), ...significant.map(orderedValue)];
  return Buffer.concat(parts).toString("hex").toUpperCase();
};

/** The first bytes of a version 1 key whose hash is `hash`; boundaries of partitions are made so. */
export const v1Boundary = (hash: number): string =>
  orderedNumber(hash).toString("hex").toUpperCase();

const hashInput = (component: JsonValue, stringEnd: number): Buffer => {
  if (component === null) return Buffer.of(1);
  if (component === false) return Buffer.of(2);
  if (component === true) return Buffer.of(3);
  if (typeof component === "number") {
    const bytes = Buffer.alloc(9);
    bytes[0] = 5;
    bytes.writeDoubleLE(component, 1);
    return bytes;
  }
  if (typeof component === "string") {
    return Buffer.concat([Buffer.of(8), Buffer.from(component, "utf8"), Buffer.of(stringEnd)]);
  }
  return Buffer.of(0);
};

const orderedValue = (component: JsonValue): Buffer => {
  if (typeof component === "number") return orderedNumber(component);
  if (typeof component !== "string") return hashInput(component, 0);
  const utf8 = Buffer.from(component, "utf8");
  const whole = utf8.length <= V1_SIGNIFICANT_CHARACTERS;
  const shown = utf8.subarray(0, V1_SIGNIFICANT_CHARACTERS + 1).map((b) => (b < 0xff ? b + 1 : b));
  return Buffer.concat([Buffer.of(8), shown, Buffer.from(whole ? [0] : [])]);
};

/** Encodes a double so that bytes compare as numbers do: 8 bits, then groups of 7 bits and a flag. */
const orderedNumber = (value: number): Buffer => {
  const double = Buffer.alloc(8);
  double.writeDoubleBE(value);
  const raw = double.readBigUInt64BE();
  const sign = 1n << 63n;
  const mask = (1n << 64n) - 1n;
  let rest = raw & sign ? (~raw + 1n) & mask : raw ^ sign;
  const bytes = [5, Number(rest >> 56n)];
  rest = (rest << 8n) & mask;
  const groups: number[] = [];
  do {
    groups.push(Number(rest >> 56n) | 1);
    rest = (rest << 7n) & mask;
  } while (rest !== 0n);
  const last = groups.length - 1;
  groups[last] = (groups[last] ?? 0) & 0xfe;
  return Buffer.from([...bytes, ...groups]);
};
