import { type HostParts, runFunctionHost } from "./function-host.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import type { Surroundings } from "./link.ts";
import { type Heard, runListener } from "./listener.ts";
import { createMachine, type Machine } from "./machine.ts";
import { type Sky, scheduleCalamities } from "./nature.ts";
import { createRandom } from "./random.ts";
import type { Safety } from "./safety.ts";
import type { Scenario } from "./scenario.ts";
import { runStranger } from "./stranger.ts";
import { runSubmitter } from "./submitter.ts";
import { runSubscriber, type Subscription } from "./subscriber.ts";
import type { Owner } from "./virtual-time.ts";

/** All machines of a world. */
export type Population = {
  readonly ledger: Ledger;
  readonly subscriptions: readonly Subscription[];
  /** Undefined: nobody listens. */
  readonly heard: Heard | undefined;
  /** Ends a machine's life; another begins later. */
  readonly crash: (owner: Owner) => void;
  /** Starts whatever is down or paused, and sets the clocks. */
  readonly heal: () => void;
};

type PopulationParts = {
  readonly surroundings: Surroundings;
  readonly scenario: Scenario;
  readonly safety: Safety;
  readonly sky: Sky;
  readonly seed: number;
};

/** A machine that crashed is down for at most so long. */
const MOST_DOWN_MS = 30_000;

/** Makes and starts the machines of a world, and schedules what befalls them. */
export const populate = (parts: PopulationParts): Population => {
  const { surroundings, scenario, safety, sky, seed } = parts;
  const { time, nature, delays } = surroundings;
  const ledger = createLedger(safety);
  const stops = new Map<Machine, () => Promise<void>>();
  const hosts = createHosts(parts, stops);
  const senders = scenario.outboxes.map((outbox, i) =>
    createMachine(surroundings, { name: `sender${i}`, kind: "submitter", seed }, (running) =>
      runSubmitter({ surroundings, outbox, ledger }, running),
    ),
  );
  const stranger = createMachine(
    surroundings,
    { name: "stranger", kind: "nature", seed },
    (running) => runStranger({ surroundings, deeds: scenario.deeds, safety, ledger }, running),
  );
  const subscriptions = scenario.subscriptions.map(
    (projectId): Subscription => ({ projectId, continuation: undefined, handled: new Map() }),
  );
  const subscribers = subscriptions.map((subscription, i) => {
    const machine: Machine = createMachine(
      surroundings,
      { name: `subscriber${i}`, kind: "subscriber", seed },
      (running) => {
        const { pollDelayMs, deployment } = scenario;
        const { maxItemCount } = deployment;
        const crash = (): void => crashNow(machine);
        runSubscriber({ surroundings, subscription, crash, pollDelayMs, maxItemCount }, running);
      },
    );
    return machine;
  });
  const heard: Heard = new Set();
  const listeners = Array.from({ length: scenario.hasListener ? 2 : 0 }, (_, i) =>
    createMachine(surroundings, { name: `listener${i}`, kind: "listener", seed }, (running) =>
      runListener({ surroundings, deployment: scenario.deployment, heard }, running),
    ),
  );
  const machines = [...listeners, ...hosts, ...senders, stranger, ...subscribers];
  const crashNow = (machine: Machine): void => {
    machine.crash();
    const delayMs = delays.skewed(MOST_DOWN_MS);
    time.after(delayMs, { owner: nature, label: `starts ${machine.name}`, run: machine.start });
  };
  const restart = (host: Machine): void => {
    const life = host.owner();
    void stops
      .get(host)?.()
      .then(() => life === host.owner() && crashNow(host));
  };
  for (const machine of machines) machine.start();
  const { faultsEndMs } = scenario;
  const random = createRandom(seed, "nature");
  const processors = [...hosts, ...listeners];
  scheduleCalamities({
    surroundings,
    safety,
    sky,
    random,
    hosts,
    processors,
    faultsEndMs,
    restart,
  });
  return {
    ledger,
    subscriptions,
    heard: scenario.hasListener ? heard : undefined,
    crash: (owner) => {
      const machine = machines.find((one) => one.owner() === owner);
      if (machine) crashNow(machine);
    },
    heal: () => {
      for (const machine of machines) {
        machine.skewClock(0);
        machine.pause(0);
        machine.start();
      }
    },
  };
};

const createHosts = (
  { surroundings, scenario, seed }: PopulationParts,
  stops: Map<Machine, () => Promise<void>>,
): readonly Machine[] => {
  const { deployment } = scenario;
  const parts: HostParts = { surroundings, deployment, batches: new Map() };
  return Array.from({ length: scenario.hosts }, (_, i) => {
    const machine: Machine = createMachine(
      surroundings,
      { name: `host${i}`, kind: "host", seed },
      (running) => stops.set(machine, runFunctionHost(parts, running)),
    );
    return machine;
  });
};
