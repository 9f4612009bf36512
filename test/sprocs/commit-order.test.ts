import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inCommitOrder } from "../../sprocs/commit-order.ts";
import { ridOf } from "./memory-partition.ts";

type Pending = { readonly id: string; readonly _ts: number; readonly _rid: string };

const pending = (id: string, insertion: number, second = 1): Pending => ({
  id,
  _ts: second,
  _rid: ridOf(insertion),
});

const idsInOrder = (documents: readonly Pending[], feedOrder: readonly string[] = []): string =>
  inCommitOrder(documents, feedOrder)
    .map(({ id }) => id)
    .join("");

describe("the order in which requests get their numbers", () => {
  test("is by second, then by insertion", () => {
    const documents = [pending("c", 1, 2), pending("b", 300), pending("a", 2)];
    expect(idsInOrder(documents)).toBe("abc");
  });

  test("puts a request replaced while pending behind the younger one that the feed showed first", () => {
    const documents = [pending("a", 1), pending("b", 2), pending("c", 3)];
    expect(idsInOrder(documents, ["b", "a"])).toBe("bac");
    expect(idsInOrder(documents, ["c", "a"])).toBe("bca");
    expect(idsInOrder(documents, ["c", "b", "a"])).toBe("cba");
  });

  test("lets nothing that the feed said reach into another second", () => {
    const documents = [pending("a", 1, 1), pending("b", 2, 2)];
    expect(idsInOrder(documents, ["b", "a"])).toBe("ab");
  });

  test("ignores what the feed showed and is not pending any more", () => {
    const documents = [pending("a", 1), pending("b", 2)];
    expect(idsInOrder(documents, ["x", "a", "y"])).toBe("ab");
  });

  test("takes the last place of a request that the feed showed twice", () => {
    const documents = [pending("a", 1), pending("b", 2)];
    expect(idsInOrder(documents, ["a", "b", "a"])).toBe("ba");
  });
});

/** What happened, as Cosmos DB saw it: inserts and replacements, one after the other. */
const history = fc
  .array(fc.record({ request: fc.nat({ max: 9 }), nextSecond: fc.boolean() }), { maxLength: 30 })
  .map((events) => {
    let second = 1;
    const insertions = new Map<number, number>();
    const commits = new Map<number, Pending>();
    events.forEach(({ request, nextSecond }, index) => {
      if (nextSecond) second += 1;
      if (!insertions.has(request)) insertions.set(request, index + 1);
      commits.delete(request);
      const insertion = insertions.get(request) ?? 0;
      commits.set(request, pending(String(request), insertion, second));
    });
    return [...commits.values()];
  });

test("is the commit order, for any history of inserts and replacements, if the feed showed all", () => {
  fc.assert(
    fc.property(history, fc.func(fc.integer()), (committed, shuffle) => {
      const feedOrder = committed.map(({ id }) => id);
      const anyOrder = [...committed].sort((a, b) => shuffle(a.id) - shuffle(b.id));
      expect(inCommitOrder(anyOrder, feedOrder)).toEqual(committed);
    }),
  );
});

test("does not depend on the order in which the query answers, and loses nobody", () => {
  const ids = fc.uniqueArray(fc.integer({ min: 1, max: 50 }));
  fc.assert(
    fc.property(ids, ids, fc.func(fc.integer()), (numbers, shown, shuffle) => {
      const documents = numbers.map((n) => pending(String(n), n, n % 3));
      const feedOrder = shown.map(String);
      const sorted = inCommitOrder(documents, feedOrder);
      const other = [...documents].sort((a, b) => shuffle(a.id) - shuffle(b.id));
      expect(inCommitOrder(other, feedOrder)).toEqual(sorted);
      expect([...sorted].sort(byRid)).toEqual([...documents].sort(byRid));
    }),
  );
});

test("without replacements, what the feed says changes nothing", () => {
  const ids = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }));
  fc.assert(
    fc.property(ids, fc.func(fc.boolean()), (numbers, isShown) => {
      const documents = [...numbers].sort((a, b) => a - b).map((n) => pending(String(n), n));
      const feedOrder = documents.map(({ id }) => id).filter((id) => isShown(id));
      expect(inCommitOrder(documents, feedOrder)).toEqual(documents);
    }),
  );
});

const byRid = (a: Pending, b: Pending): number => (a._rid < b._rid ? -1 : 1);
