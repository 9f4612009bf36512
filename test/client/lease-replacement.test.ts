import { describe, expect, it } from "vitest";
import { partitionLease, rangeLease } from "../../client/processor/lease.ts";
import { planReplacement } from "../../client/processor/replace-lease.ts";

const partition = (id: string, min: string, max: string) => ({ id, range: { min, max } });
const LOW = partition("1", "", "1F");
const HIGH = partition("2", "1F", "FF");
const WHOLE = partition("3", "", "FF");

const replaced = (...args: Parameters<typeof planReplacement>) => {
  const plan = planReplacement(...args);
  if (plan.kind === "keep") return "keep";
  return plan.leases.map(({ id, version, ContinuationToken }) => ({
    id,
    version,
    ContinuationToken,
  }));
};

describe("leases after a split or a merge", () => {
  it("a split partition's lease is replaced by one for each child, from the same place", () => {
    const lease = partitionLease("p", partition("0", "", "FF"), '"7"');
    expect(replaced("p", lease, [LOW, HIGH])).toEqual([
      { id: "p..1", version: 0, ContinuationToken: '"7"' },
      { id: "p..2", version: 0, ContinuationToken: '"7"' },
    ]);
  });

  it("a merged partition's lease becomes one of its old range", () => {
    expect(replaced("p", partitionLease("p", LOW, '"7"'), [WHOLE])).toEqual([
      { id: "p..-1F", version: 1, ContinuationToken: '"7"' },
    ]);
  });

  it("a child that merged with a neighbour since is leased only as far as its parent went", () => {
    const lease = partitionLease("p", partition("0", "", "2F"), '"7"');
    expect(replaced("p", lease, [LOW, HIGH])).toEqual([
      { id: "p..1", version: 0, ContinuationToken: '"7"' },
      { id: "p..1F-2F", version: 1, ContinuationToken: '"7"' },
    ]);
  });

  it("a range lease within one partition goes on as it is", () => {
    expect(replaced("p", rangeLease("p", LOW.range, '"7"'), [WHOLE])).toBe("keep");
  });

  it("a range lease over several partitions is cut at their borders", () => {
    const lease = rangeLease("p", { min: "0F", max: "2F" }, null);
    expect(replaced("p", lease, [LOW, HIGH])).toEqual([
      { id: "p..0F-1F", version: 1, ContinuationToken: null },
      { id: "p..1F-2F", version: 1, ContinuationToken: null },
    ]);
  });

  it("a lease whose partition is still there goes on as it is", () => {
    expect(replaced("p", partitionLease("p", LOW, null), [LOW, HIGH])).toBe("keep");
  });
});
