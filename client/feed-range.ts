import type { Container } from "@azure/cosmos";

/**
 * A part of the key space of a container: min ≤ effective partition key < max, upper-case
 * hexadecimal.
 */
export type FeedRange = { readonly min: string; readonly max: string };

/** A physical partition of a container, as it is now. */
export type PhysicalPartition = { readonly id: string; readonly range: FeedRange };

/** The key space of a whole container. */
export const WHOLE_CONTAINER: FeedRange = { min: "", max: "FF" };

/**
 * Lists the physical partitions of a container, the lowest range first.
 *
 * shape   asked anew each time; they cover the key space without a gap
 */
export const listPhysicalPartitions = async (
  container: Container,
): Promise<readonly PhysicalPartition[]> => {
  const { resources } = await container.readPartitionKeyRanges().fetchAll();
  const parents = new Set(resources.flatMap((each) => (each as WithParents).parents ?? []));
  return resources
    .filter(({ id }) => !parents.has(id))
    .map(({ id, minInclusive, maxExclusive }) => ({
      id,
      range: { min: minInclusive, max: maxExclusive },
    }))
    .sort((a, b) => (a.range.min < b.range.min ? -1 : 1));
};

/** Do two ranges share a key? */
export const rangesOverlap = (a: FeedRange, b: FeedRange): boolean =>
  a.min < b.max && b.min < a.max;

/** Cuts a range to the part that lies within another one that overlaps it. */
export const clipRange = (range: FeedRange, within: FeedRange): FeedRange => {
  // Math.max, which the linter would like here, does not compare texts.
  const startsLater = range.min > within.min;
  const endsEarlier = range.max < within.max;
  return {
    min: (startsLater ? range : within).min,
    max: (endsEarlier ? range : within).max,
  };
};

/** Lists the parts of a range that lie in none of the others, in order. */
export const uncoveredParts = (
  range: FeedRange,
  others: readonly FeedRange[],
): readonly FeedRange[] =>
  others.reduce<readonly FeedRange[]>(
    (parts, other) => parts.flatMap((part) => withoutRange(part, other)),
    [range],
  );

const withoutRange = (part: FeedRange, other: FeedRange): readonly FeedRange[] => {
  if (!rangesOverlap(part, other)) return [part];
  const before = { min: part.min, max: other.min };
  const behind = { min: other.max, max: part.max };
  return [before, behind].filter(({ min, max }) => min < max);
};

type WithParents = { readonly parents?: readonly string[] };
