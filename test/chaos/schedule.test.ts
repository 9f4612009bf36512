import { expect, test } from "vitest";
import { type Cast, type Episode, planEpisodes } from "./schedule.ts";
import { linkFaults } from "./tcp-proxy.ts";

const CAST: Cast = { server: "server", hosts: ["host-1", "host-2"], clients: ["raw", "reader"] };

const plan = (seed: number, episodes: number): readonly Episode[] => {
  const planned = planEpisodes(seed, CAST);
  return Array.from({ length: episodes }, () => planned.next().value);
};

const faultsOf = (episodes: readonly Episode[]) =>
  episodes.flatMap((each) => (each.kind === "storm" ? each.faults.map(({ fault }) => fault) : []));

test("a seed gives the same episodes again, and another seed others", () => {
  expect(plan(1, 30)).toEqual(plan(1, 30));
  expect(plan(1, 30)).not.toEqual(plan(2, 30));
});

test("a few storms bring every kind of fault, a kill of everybody, and a freeze longer than a lease", () => {
  const faults = faultsOf(plan(5, 12));
  const kinds = new Set(faults.map((fault) => (fault.kind === "link" ? fault.mode : fault.kind)));
  expect(kinds).toEqual(new Set(["kill", "freeze", "full-disk", ...linkFaults]));
  const killed = faults.flatMap((fault) => (fault.kind === "kill" ? [fault.target] : []));
  expect(new Set(killed)).toEqual(new Set([CAST.server, ...CAST.hosts, ...CAST.clients]));
  const freezes = faults.filter(({ kind }) => kind === "freeze");
  expect(Math.max(...freezes.map(({ forMs }) => forMs))).toBeGreaterThan(10_000);
});
