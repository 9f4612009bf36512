import type { JsonValue } from "../json.ts";

const TYPE_UNDEFINED = 1;
const TYPE_NULL = 2;
const TYPE_FALSE = 3;
const TYPE_TRUE = 4;
const TYPE_NUMBER = 5;
const TYPE_STRING = 6;
const TYPE_ARRAY = 7;
const TYPE_OBJECT = 8;

/**
 * Encodes values so that the bytes compare as Cosmos DB orders them:
 * undefined < null < false < true < number < string < array < object.
 *
 * Strings compare by UTF-16 code unit, as JavaScript's `<` does.
 */
export const indexKey = (values: readonly (JsonValue | undefined)[]): Buffer => {
  let end = 0;
  for (const value of values) end = writeValue(value, end);
  return Buffer.from(scratch.subarray(0, end));
};

/** The first key behind all keys that begin with `prefix`. */
export const keyAfter = (prefix: Uint8Array): Buffer => Buffer.concat([prefix, Buffer.of(0xff)]);

/** Where keys are put together; it grows with the longest key. */
let scratch = Buffer.alloc(1024);

/** Writes a value at a place of the scratch buffer; answers the place behind it. */
const writeValue = (value: JsonValue | undefined, at: number): number => {
  if (typeof value === "number") return writeNumber(value, at);
  if (typeof value === "string") return writeString(TYPE_STRING, value, at);
  if (typeof value !== "object" || value === null) return writeType(typeOf(value), at);
  return writeString(Array.isArray(value) ? TYPE_ARRAY : TYPE_OBJECT, JSON.stringify(value), at);
};

const typeOf = (value: boolean | null | undefined): number => {
  if (value === undefined) return TYPE_UNDEFINED;
  if (value === null) return TYPE_NULL;
  return value ? TYPE_TRUE : TYPE_FALSE;
};

const writeType = (type: number, at: number): number => {
  reserve(at + 1);
  scratch[at] = type;
  return at + 1;
};

/** Big-endian; the sign bit turned, and all bits of negative numbers. */
const writeNumber = (value: number, at: number): number => {
  reserve(at + 9);
  scratch[at] = TYPE_NUMBER;
  scratch.writeDoubleBE(value === 0 ? 0 : value, at + 1);
  const first = scratch[at + 1] ?? 0;
  if (first < 0x80) scratch[at + 1] = first | 0x80;
  else for (let i = at + 1; i < at + 9; i++) scratch[i] = ~(scratch[i] ?? 0) & 0xff;
  return at + 9;
};

/** Code units big-endian, ended by 0000 0000; the code unit 0000 itself becomes 0000 FFFF. */
const writeString = (type: number, value: string, at: number): number => {
  reserve(at + 1 + value.length * 4 + 4);
  let place = writeType(type, at);
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    place = scratch.writeUInt16BE(unit, place);
    if (unit === 0) place = scratch.writeUInt16BE(0xffff, place);
  }
  return scratch.writeUInt32BE(0, place);
};

const reserve = (bytes: number): void => {
  if (bytes <= scratch.length) return;
  const larger = Buffer.alloc(bytes * 2);
  scratch.copy(larger);
  scratch = larger;
};
