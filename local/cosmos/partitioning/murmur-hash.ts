const MASK_64 = (1n << 64n) - 1n;

const rotate64 = (value: bigint, bits: bigint): bigint =>
  ((value << bits) | (value >> (64n - bits))) & MASK_64;

const finalize64 = (value: bigint): bigint => {
  let mixed = value;
  mixed = ((mixed ^ (mixed >> 33n)) * 0xff51afd7ed558ccdn) & MASK_64;
  mixed = ((mixed ^ (mixed >> 33n)) * 0xc4ceb9fe1a85ec53n) & MASK_64;
  return mixed ^ (mixed >> 33n);
};

/**
 * Hashes bytes with MurmurHash3 x64/128, seed 0.
 *
 * shape   16 bytes: h1 then h2, little-endian
 * source  https://github.com/aappleby/smhasher/wiki/MurmurHash3
 */
export const murmurHash128 = (bytes: Buffer): Buffer => {
  const c1 = 0x87c37b91114253d5n;
  const c2 = 0x4cf5ad432745937fn;
  const mixK1 = (k: bigint): bigint => (rotate64((k * c1) & MASK_64, 31n) * c2) & MASK_64;
  const mixK2 = (k: bigint): bigint => (rotate64((k * c2) & MASK_64, 33n) * c1) & MASK_64;
  const length = BigInt(bytes.length);
  const blocksEnd = bytes.length - (bytes.length % 16);
  let h1 = 0n;
  let h2 = 0n;
  for (let at = 0; at < blocksEnd; at += 16) {
    h1 ^= mixK1(bytes.readBigUInt64LE(at));
    h1 = (((rotate64(h1, 27n) + h2) & MASK_64) * 5n + 0x52dce729n) & MASK_64;
    h2 ^= mixK2(bytes.readBigUInt64LE(at + 8));
    h2 = (((rotate64(h2, 31n) + h1) & MASK_64) * 5n + 0x38495ab5n) & MASK_64;
  }
  if (blocksEnd < bytes.length) {
    const tail = Buffer.alloc(16);
    bytes.copy(tail, 0, blocksEnd);
    h1 ^= mixK1(tail.readBigUInt64LE(0));
    h2 ^= mixK2(tail.readBigUInt64LE(8));
  }
  h1 = ((h1 ^ length) + (h2 ^ length)) & MASK_64;
  h2 = ((h2 ^ length) + h1) & MASK_64;
  h1 = finalize64(h1);
  h2 = finalize64(h2);
  h1 = (h1 + h2) & MASK_64;
  h2 = (h2 + h1) & MASK_64;
  const hash = Buffer.alloc(16);
  hash.writeBigUInt64LE(h1, 0);
  hash.writeBigUInt64LE(h2, 8);
  return hash;
};

/** Hashes bytes with MurmurHash3 x86/32, seed 0, to an unsigned number. */
export const murmurHash32 = (bytes: Buffer): number => {
  const mix = (k: number): number => {
    const multiplied = Math.imul(k, 0xcc9e2d51);
    return Math.imul((multiplied << 15) | (multiplied >>> 17), 0x1b873593);
  };
  const blocksEnd = bytes.length - (bytes.length % 4);
  let h = 0;
  for (let at = 0; at < blocksEnd; at += 4) {
    h ^= mix(bytes.readUInt32LE(at));
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= blocksEnd; at--) tail = (tail << 8) | (bytes[at] ?? 0);
  if (blocksEnd < bytes.length) h ^= mix(tail);
  h ^= bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};
