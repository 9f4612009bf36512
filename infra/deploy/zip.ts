import { crc32, deflateRawSync } from "node:zlib";

/** A file on its way into a zip; its name has no folder. */
export type ZipEntry = { readonly name: string; readonly content: Buffer };

/** More files, or more bytes, would need the 64-bit format. */
const MAX_ENTRIES = 1_000;
const MAX_CONTENT_BYTES = 1_000_000_000;

/**
 * Writes a zip archive: the same files give the same bytes, whenever and wherever that is done.
 *
 * shape   sorted by name; every file is of 1980-01-01, the first day of the format, and has mode 0644
 * errors  throws for more files or bytes than the format takes without its 64-bit extension
 * source  PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16
 */
export const zip = (entries: readonly ZipEntry[]): Buffer => {
  const contentBytes = entries.reduce((total, { content }) => total + content.length, 0);
  if (entries.length > MAX_ENTRIES || contentBytes > MAX_CONTENT_BYTES) {
    throw new Error(
      `${entries.length} files with ${contentBytes} bytes are too much for this zip.`,
    );
  }
  const sorted = entries.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of sorted) {
    const { facts, data, name } = compress(entry);
    const local = Buffer.concat([numbers([LOCAL_FILE, 4]), facts, name, data]);
    directory.push(numbers([CENTRAL_FILE, 4], [MADE_BY, 2]), facts, rest(offset), name);
    locals.push(local);
    offset += local.length;
  }
  const end = endOfDirectory(sorted.length, Buffer.concat(directory).length, offset);
  return Buffer.concat([...locals, ...directory, end]);
};

const LOCAL_FILE = 0x04034b50;
const CENTRAL_FILE = 0x02014b50;
const END_OF_DIRECTORY = 0x06054b50;
/** Version 2.0 of the format; Unix, so that the mode of the files counts. */
const VERSION = 20;
const MADE_BY = (3 << 8) | VERSION;
const NAMES_ARE_UTF8 = 1 << 11;
const DEFLATED = 8;
const FIRST_DAY = (1 << 5) | 1;
const REGULAR_FILE_0644 = 0o100644;

/** The part that both headers of a file share. */
const compress = ({ name: text, content }: ZipEntry) => {
  const name = Buffer.from(text, "utf8");
  const data = deflateRawSync(content, { level: 9 });
  const facts = numbers(
    [VERSION, 2],
    [NAMES_ARE_UTF8, 2],
    [DEFLATED, 2],
    [0, 2],
    [FIRST_DAY, 2],
    [crc32(content), 4],
    [data.length, 4],
    [content.length, 4],
    [name.length, 2],
    [0, 2],
  );
  return { name, data, facts };
};

/** What only the central directory says of a file: no comment, first disk, mode, place. */
const rest = (offset: number): Buffer =>
  numbers([0, 2], [0, 2], [0, 2], [REGULAR_FILE_0644 * 0x10000, 4], [offset, 4]);

const endOfDirectory = (entries: number, directoryBytes: number, offset: number): Buffer =>
  numbers(
    [END_OF_DIRECTORY, 4],
    [0, 2],
    [0, 2],
    [entries, 2],
    [entries, 2],
    [directoryBytes, 4],
    [offset, 4],
    [0, 2],
  );

/** Writes numbers as the format wants them: little-endian, in so many bytes each. */
const numbers = (...fields: readonly (readonly [value: number, bytes: number])[]): Buffer =>
  Buffer.concat(
    fields.map(([value, bytes]) => {
      const buffer = Buffer.alloc(bytes);
      buffer.writeUIntLE(value, 0, bytes);
      return buffer;
    }),
  );
