import { createRandom, type Random } from "../simulation/random.ts";
import { type LinkFault, linkFaults } from "./tcp-proxy.ts";

/** Something that goes wrong for a while, and is mended at the end of it. */
export type Fault =
  | { readonly kind: "kill"; readonly target: string; readonly forMs: number }
  | { readonly kind: "freeze"; readonly target: string; readonly forMs: number }
  | {
      readonly kind: "link";
      readonly mode: LinkFault;
      readonly target: string;
      readonly forMs: number;
    }
  | { readonly kind: "full-disk"; readonly roomBytes: number; readonly forMs: number };

/** A fault that begins some time after its storm. */
export type TimedFault = { readonly afterMs: number; readonly fault: Fault };

/**
 * What happens next.
 *
 * host-crash, server-crash  kill -9 while all else is well: the time to recovery is measured. `pick`
 *                           chooses among the hosts that hold leases then
 * storm                     several faults, one over the other
 */
export type Episode =
  | { readonly kind: "host-crash"; readonly pick: number; readonly calmMs: number }
  | { readonly kind: "server-crash"; readonly calmMs: number }
  | { readonly kind: "storm"; readonly faults: readonly TimedFault[]; readonly calmMs: number };

/** The processes that something can happen to. */
export type Cast = {
  readonly server: string;
  readonly hosts: readonly string[];
  /** Submitters and subscribers. */
  readonly clients: readonly string[];
};

/** One host crash and one server crash are measured among so many storms. */
const STORMS_PER_ROUND = 4;
const FAULTS_PER_STORM = 6;
const STORM_MS = 3_000;
const CALM_MS = 1_000;
/** Longer than a lease lives without renewal: another host has taken over when it thaws. */
const LONG_FREEZE_MS = 13_000;

/**
 * Plans the episodes of a seed, without end.
 *
 * shape   faults are dealt from a shuffled deck, so that also a short run sees many kinds
 */
export function* planEpisodes(seed: number, cast: Cast): Generator<Episode, never> {
  const random = createRandom(seed, "chaos");
  const deck: Fault[] = [];
  const draw = (): Fault => {
    if (deck.length === 0) deck.push(...shuffled(fullDeck(cast, random), random));
    return deck.pop() as Fault;
  };
  const calmMs = (): number => random.between(0, CALM_MS);
  for (;;) {
    yield { kind: "server-crash", calmMs: calmMs() };
    for (let storm = 0; storm < STORMS_PER_ROUND; storm += 1) {
      if (storm === 1) yield { kind: "host-crash", pick: random.next(), calmMs: calmMs() };
      const faults = Array.from({ length: FAULTS_PER_STORM }, () => ({
        afterMs: random.between(0, STORM_MS),
        fault: draw(),
      }));
      yield { kind: "storm", faults, calmMs: calmMs() };
    }
  }
}

/** Each kind of fault on each kind of process. */
const fullDeck = ({ server, hosts, clients }: Cast, random: Random): readonly Fault[] => {
  const all = [server, ...hosts, ...clients];
  const kill = (target: string): Fault => ({ kind: "kill", target, forMs: random.between(0, 3e3) });
  const freeze = (target: string, most: number): Fault => {
    return { kind: "freeze", target, forMs: random.between(200, most) };
  };
  const cut = (mode: LinkFault): Fault => {
    const target = random.pick([...hosts, ...clients]);
    return { kind: "link", mode, target, forMs: random.between(500, 5e3) };
  };
  const fill = (): Fault => ({
    kind: "full-disk",
    roomBytes: random.pick([0, random.between(0, 64 * 1024)]),
    forMs: random.between(500, 4e3),
  });
  return [
    ...all.map(kill),
    kill(server),
    kill(random.pick(hosts)),
    freeze(server, 4e3),
    freeze(random.pick(hosts), 4e3),
    freeze(random.pick(clients), 4e3),
    { kind: "freeze", target: random.pick(hosts), forMs: LONG_FREEZE_MS },
    ...linkFaults.map(cut),
    fill(),
    fill(),
  ];
};

const shuffled = <A>(things: readonly A[], random: Random): A[] => {
  const rest = [...things];
  return things.map(() => rest.splice(random.between(0, rest.length - 1), 1)[0] as A);
};
