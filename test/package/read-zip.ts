import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, inflateRawSync } from "node:zlib";

/** A file of an archive, with what its entry in the central directory says. */
export type UnpackedFile = {
  readonly name: string;
  readonly content: Buffer;
  readonly mode: number;
  readonly modified: number;
};

/**
 * Reads an archive as an unpacker does: from its end, over the central directory, to each file.
 *
 * errors  throws if anything of it contradicts anything else
 * source  PKWARE APPNOTE.TXT 6.3.10, section 4.3
 */
export const readZip = (archive: Buffer): readonly UnpackedFile[] => {
  const end = archive.length - 22;
  expect(archive.readUInt32LE(end), 0x06054b50, "end of the central directory");
  const files: UnpackedFile[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    expect(archive.readUInt32LE(at), 0x02014b50, "central header");
    const nameBytes = archive.readUInt16LE(at + 28);
    const name = archive.subarray(at + 46, at + 46 + nameBytes).toString("utf8");
    const content = readLocal(archive, archive.readUInt32LE(at + 42), name);
    expect(archive.readUInt32LE(at + 16), crc32(content), `checksum of ${name}`);
    expect(archive.readUInt32LE(at + 24), content.length, `length of ${name}`);
    const mode = archive.readUInt32LE(at + 38) >>> 16;
    files.push({ name, content, mode, modified: archive.readUInt32LE(at + 12) });
    at += 46 + nameBytes + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  expect(at, end, "end of the last central header");
  return files;
};

/** Unpacks an archive into a new temporary folder, where no package of ours is above it. */
export const unpack = (archive: Buffer): { directory: string; remove: () => void } => {
  const directory = mkdtempSync(join(tmpdir(), "unpacked-app-"));
  for (const { name, content } of readZip(archive)) writeFileSync(join(directory, name), content);
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
};

const readLocal = (archive: Buffer, at: number, name: string): Buffer => {
  expect(archive.readUInt32LE(at), 0x04034b50, `local header of ${name}`);
  const nameBytes = archive.readUInt16LE(at + 26);
  const localName = archive.subarray(at + 30, at + 30 + nameBytes).toString("utf8");
  if (localName !== name) throw new Error(`The archive calls ${name} also ${localName}.`);
  const from = at + 30 + nameBytes + archive.readUInt16LE(at + 28);
  const content = inflateRawSync(archive.subarray(from, from + archive.readUInt32LE(at + 18)));
  expect(archive.readUInt32LE(at + 14), crc32(content), `local checksum of ${name}`);
  return content;
};

const expect = (found: number, wanted: number, what: string): void => {
  if (found !== wanted) throw new Error(`The ${what} is ${found}, not ${wanted}.`);
};
