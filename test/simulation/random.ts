/** A stream of chance that the same seed repeats. */
export type Random = {
  /** 0 ≤ next < 1. */
  readonly next: () => number;
  readonly chance: (probability: number) => boolean;
  /** A whole number, both ends included. */
  readonly between: (least: number, most: number) => number;
  readonly pick: <A>(things: readonly A[]) => A;
  /** A number of milliseconds: most are small, few come near the maximum. */
  readonly skewed: (most: number) => number;
};

/**
 * Makes a stream of chance for one purpose of one seed.
 *
 * shape   streams of different purposes are independent: drawing from one does not shift another
 * source  sfc32 of PractRand
 */
export const createRandom = (seed: number, purpose: string): Random => {
  let [a, b, c, d] = [hash(purpose, seed), hash(purpose, ~seed), seed | 0, 1];
  const next = (): number => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i += 1) next();
  const between = (least: number, most: number): number =>
    least + Math.floor(next() * (most - least + 1));
  return {
    next,
    chance: (probability) => next() < probability,
    between,
    pick: (things) => things[between(0, things.length - 1)]!,
    skewed: (most) => most * next() ** 4,
  };
};

/** FNV-1a. */
export const hash = (text: string, start = 0x811c9dc5): number => {
  let value = start | 0;
  for (let i = 0; i < text.length; i += 1) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value;
};
