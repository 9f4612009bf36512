/**
 * Counts the bytes of a text in UTF-8, as Cosmos DB counts the length of an id.
 *
 * units   bytes; a lone surrogate counts three, as the replacement character that it becomes
 * source  ES2015 has neither TextEncoder nor Buffer, and this runs inside a stored procedure
 */
export const utf8Bytes = (text: string): number => {
  let bytes = 0;
  for (const character of text) bytes += bytesOf(character.codePointAt(0) ?? 0);
  return bytes;
};

const bytesOf = (codePoint: number): number => {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
};
