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
export const indexKey = (values: readonly (JsonValue | undefined)[]): Buffer =>
  Buffer.concat(values.map(encodeValue));

/** The first key behind all keys that begin with `prefix`. */
export const keyAfter = (prefix: Uint8Array): Buffer => Buffer.concat([prefix, Buffer.of(0xff)]);

const encodeValue = (value: JsonValue | undefined): Buffer => {
  if (value === undefined) return UNDEFINED;
  if (value === null) return NULL;
  if (value === false) return FALSE;
  if (value === true) return TRUE;
  if (typeof value === "number") return encodeNumber(value);
  if (typeof value === "string") return encodeString(TYPE_STRING, value);
  return encodeString(Array.isArray(value) ? TYPE_ARRAY : TYPE_OBJECT, JSON.stringify(value));
};

const UNDEFINED = Buffer.of(TYPE_UNDEFINED);
const NULL = Buffer.of(TYPE_NULL);
const FALSE = Buffer.of(TYPE_FALSE);
const TRUE = Buffer.of(TYPE_TRUE);

const encodeNumber = (value: number): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes[0] = TYPE_NUMBER;
  bytes.writeDoubleBE(value === 0 ? 0 : value, 1);
  const negative = ((bytes[1] ?? 0) & 0x80) !== 0;
  if (negative) for (let i = 1; i < 9; i++) bytes[i] = ~(bytes[i] ?? 0) & 0xff;
  else bytes[1] = (bytes[1] ?? 0) | 0x80;
  return bytes;
};

/** Code units big-endian, ended by 0000 0000; the code unit 0000 itself becomes 0000 FFFF. */
const encodeString = (type: number, value: string): Buffer => {
  const escaped = value.includes("\0") ? value.replaceAll("\0", "\0\uffff") : value;
  const bytes = Buffer.alloc(1 + escaped.length * 2 + 4);
  bytes[0] = type;
  bytes.write(escaped, 1, "utf16le");
  bytes.subarray(1).swap16();
  return bytes;
};
