/** What the top nibble of a child's resource id says it is. */
const CHILD_KINDS = {
  document: 0x0,
  partitionKeyRange: 0x5,
  userDefinedFunction: 0x6,
  trigger: 0x7,
  storedProcedure: 0x8,
} as const;

export type ChildKind = keyof typeof CHILD_KINDS;

/**
 * Names a database, container or child by its place in the hierarchy.
 *
 * shape   base64 with `-` for `/` of 4 bytes (database), 8 (container, first byte of the second half
 *         has its top bit set) or 16 (children: number, little-endian, kind in the top nibble)
 * source  Azure/azure-cosmos-dotnet-v3, branch msdata/direct, ResourceId.cs
 */
export const databaseResourceId = (number: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return encode(bytes);
};

export const containerResourceId = (databaseRid: string, number: number): string => {
  const bytes = Buffer.alloc(8);
  decode(databaseRid).copy(bytes);
  bytes.writeUInt32BE((number | 0x80000000) >>> 0, 4);
  return encode(bytes);
};

export const offerResourceId = (number: number): string => {
  const bytes = Buffer.alloc(3);
  bytes.writeUIntBE(number % 0x1000000, 0, 3);
  return encode(bytes);
};

const scratch = Buffer.alloc(16);

export const childResourceId = (containerRid: string, kind: ChildKind, number: number): string => {
  containerBytes(containerRid).copy(scratch);
  scratch.writeUInt32LE(number % 0x100000000, 8);
  scratch.writeUInt32LE(Math.floor(number / 0x100000000), 12);
  scratch[15] = ((scratch[15] ?? 0) & 0x0f) | (CHILD_KINDS[kind] << 4);
  return encode(scratch);
};

/** Reads the number of a child back from its resource id, or undefined if it is none. */
export const childNumber = (rid: string): number | undefined => {
  const bytes = decode(rid);
  if (bytes.length !== 16) return undefined;
  return bytes.readUInt32LE(8) + (bytes.readUInt32LE(12) & 0x0fffffff) * 0x100000000;
};

const containers = new Map<string, Buffer>();

const containerBytes = (rid: string): Buffer => {
  const known = containers.get(rid);
  if (known) return known;
  const bytes = decode(rid);
  if (containers.size > 1_000) containers.clear();
  containers.set(rid, bytes);
  return bytes;
};

const encode = (bytes: Buffer): string => bytes.toString("base64").replaceAll("/", "-");

const decode = (rid: string): Buffer => Buffer.from(rid.replaceAll("-", "/"), "base64");
