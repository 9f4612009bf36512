import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonValue } from "../../local/cosmos/json.ts";
import { indexKey, keyAfter } from "../../local/cosmos/store/index-key.ts";

const rank = (value: JsonValue | undefined): number => {
  if (value === undefined) return 0;
  if (value === null) return 1;
  if (value === false) return 2;
  if (value === true) return 3;
  return typeof value === "number" ? 4 : 5;
};

const compare = (a: JsonValue | undefined, b: JsonValue | undefined): number => {
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  return 0;
};

const scalar = fc.oneof(
  fc.constantFrom(undefined, null, true, false),
  fc.double({ noNaN: true }).map((value) => (value === 0 ? 0 : value)),
  fc.integer(),
  fc.string({ unit: fc.constantFrom("\0", "a", "b", "\uffff", "é") }),
);
const values = fc.array(scalar, { minLength: 2, maxLength: 2 });

test("keys compare as the values do, one after the other", () => {
  fc.assert(
    fc.property(values, values, (a, b) => {
      const expected = compare(a[0], b[0]) || compare(a[1], b[1]);
      expect(Math.sign(Buffer.compare(indexKey(a), indexKey(b)))).toBe(Math.sign(expected));
    }),
    { numRuns: 2_000 },
  );
});

test("the key after a prefix lies behind all keys that begin with it, and before all others", () => {
  fc.assert(
    fc.property(scalar, scalar, scalar, (first, second, other) => {
      const after = keyAfter(indexKey([first]));
      expect(Buffer.compare(indexKey([first, second]), after)).toBeLessThan(0);
      if (compare(other, first) > 0) {
        expect(Buffer.compare(indexKey([other]), after)).toBeGreaterThan(0);
      }
    }),
    { numRuns: 2_000 },
  );
});
