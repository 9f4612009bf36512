import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { selectLeasesToTake } from "../../client/processor/balance.ts";
import { type Lease, leaseTimestamp } from "../../client/processor/lease.ts";

const NOW = Date.UTC(2026, 0, 2);
const EXPIRATION = 60_000;

const lease = (token: number, Owner: string | null, agoMs = 0): Lease => ({
  id: `p..${token}`,
  LeaseToken: String(token),
  Owner,
  timestamp: leaseTimestamp(NOW - agoMs),
});

const owned = (...owners: readonly (string | null)[]): readonly Lease[] =>
  owners.map((owner, token) => lease(token, owner));

const heldBy = (leases: readonly Lease[], name: string): ReadonlySet<string> =>
  new Set(leases.filter(({ Owner }) => Owner === name).map(({ id }) => id));

const select = (leases: readonly Lease[], name: string, held = heldBy(leases, name)) =>
  selectLeasesToTake(leases, {
    instanceName: name,
    nowMs: NOW,
    expirationIntervalMs: EXPIRATION,
    held,
  }).map(({ LeaseToken }) => Number(LeaseToken));

describe("sharing leases", () => {
  it("an instance that is alone takes all free leases", () => {
    expect(select(owned(null, null, null), "a")).toEqual([0, 1, 2]);
  });

  it("free leases are taken up to an even share", () => {
    expect(select(owned("b", null, null, null), "a")).toEqual([1, 2]);
  });

  it("without free leases one is stolen from whoever has most", () => {
    expect(select(owned("b", "b", "c", "b", "c"), "a")).toHaveLength(1);
    expect(select(owned("b", "b", "c", "b", "c"), "a")[0]).toBeOneOf([0, 1, 3]);
  });

  it("nobody steals where all have about the same", () => {
    expect(select(owned("a", "b", "b"), "a")).toEqual([]);
    expect(select(owned("b"), "a")).toEqual([]);
  });

  it("a lease is free when its owner has not renewed it for longer than the expiration", () => {
    expect(select([lease(0, "b", EXPIRATION)], "a")).toEqual([]);
    expect(select([lease(0, "b", EXPIRATION + 1)], "a")).toEqual([0]);
  });

  it("a lease in our name that nobody works on counts as free", () => {
    expect(select(owned("a", "a"), "a", new Set(["p..0"]))).toEqual([1]);
  });

  it("however many instances and leases: taking turns ends with all owned and nobody two ahead", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 5 }),
        (leaseCount, instanceCount) => {
          const names = Array.from({ length: instanceCount }, (_, i) => `i${i}`);
          let leases = owned(...Array(leaseCount).fill(null));
          for (let round = 0; round < leaseCount + instanceCount; round += 1) {
            for (const name of names) {
              const taken = new Set(select(leases, name));
              leases = leases.map((each, i) => (taken.has(i) ? lease(i, name) : each));
            }
          }
          const counts = names.map((name) => heldBy(leases, name).size);
          expect(counts.reduce((sum, count) => sum + count, 0)).toBe(leaseCount);
          expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil(leaseCount / instanceCount));
        },
      ),
    );
  });
});
