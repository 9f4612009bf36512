/**
 * Reads from a document's `_rid` when it was inserted, relative to others of its partition.
 *
 * shape   15 hexadecimal digits, so that comparing texts compares the numbers
 * source  A document's `_rid` is base64 (with - for /) of 16 bytes; the last 8 are a little-endian
 *         number, its top four bits the kind of resource (ResourceId.cs of the .NET SDK)
 */
export const insertionNumber = (rid: string): string => {
  const bytes = decodeBase64(rid).slice(8, 16).reverse();
  return bytes
    .map((byte) => (byte + 0x100).toString(16).slice(1))
    .join("")
    .slice(1);
};

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";

const decodeBase64 = (text: string): number[] => {
  const bytes: number[] = [];
  let bits = 0;
  let bitCount = 0;
  for (const character of text.replace(/\//g, "-").replace(/=+$/, "")) {
    bits = ((bits << 6) | Math.max(0, ALPHABET.indexOf(character))) & 0xffff;
    bitCount += 6;
    if (bitCount >= 8) {
      bitCount -= 8;
      bytes.push((bits >> bitCount) & 0xff);
    }
  }
  return bytes;
};
