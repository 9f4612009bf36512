import type { World } from "../../client/world.ts";
import { createLink, createMachineWorld, type Link, type Surroundings } from "./link.ts";
import { createRandom } from "./random.ts";
import type { Owner } from "./virtual-time.ts";

/** A machine that runs something, dies and is started again. */
export type Machine = {
  readonly name: string;
  /** Undefined while it is down. */
  readonly owner: () => Owner | undefined;
  /** Ends its life now, in the middle of whatever it awaits. */
  readonly crash: () => void;
  readonly skewClock: (byMs: number) => void;
  readonly pause: (forMs: number) => void;
  /** Starts it if it is down. */
  readonly start: () => void;
};

/** What runs on a machine sees this of it. */
export type Running = {
  readonly owner: Owner;
  readonly world: World;
  readonly link: Link;
  /** 1 in its first life. */
  readonly life: number;
};

export type MachineOptions = {
  readonly name: string;
  readonly kind: Owner["kind"];
  readonly seed: number;
};

/** Makes a machine; it runs `program` from the start of each of its lives. */
export const createMachine = (
  surroundings: Surroundings,
  { name, kind, seed }: MachineOptions,
  program: (running: Running) => void,
): Machine => {
  const random = createRandom(seed, name);
  let owner: Owner | undefined;
  let life = 0;
  let skewMs = 0;
  return {
    name,
    owner: () => owner,
    crash: () => {
      if (owner) owner.isAlive = false;
      owner = undefined;
    },
    skewClock: (byMs) => {
      skewMs = byMs;
    },
    pause: (forMs) => {
      if (owner) owner.pausedUntilMs = surroundings.time.now() + forMs;
    },
    start: () => {
      if (owner) return;
      life += 1;
      owner = { name: `${name}.${life}`, kind, isAlive: true, pausedUntilMs: 0 };
      const world = createMachineWorld(surroundings, owner, { random, skewMs: () => skewMs });
      program({ owner, world, link: createLink(surroundings, owner), life });
    },
  };
};
