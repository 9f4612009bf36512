import { hash } from "./random.ts";

/** Whoever waits for events: a machine that may stop for a while, or for ever. */
export type Owner = {
  readonly name: string;
  readonly kind: "host" | "listener" | "subscriber" | "submitter" | "nature";
  /** False: what it waits for never comes, none of its continuations runs again. */
  isAlive: boolean;
  /** It does nothing before this time, and catches up then. */
  pausedUntilMs: number;
};

/** The only clock and the only scheduler of a simulated world. */
export type VirtualTime = {
  /** Milliseconds since the world began, with fractions. */
  readonly now: () => number;
  /** Runs something later, if its owner still lives then. */
  readonly after: (delayMs: number, event: TimedEvent) => void;
  /** Writes into the trace, by which schedules are told apart. */
  readonly note: (text: string) => void;
  readonly traceHash: () => string;
  readonly steps: () => number;
  /** Runs events in order of time until `isOver` or until none is left. */
  readonly run: (isOver: () => boolean) => Promise<void>;
};

export type TimedEvent = {
  readonly owner: Owner;
  readonly label: string;
  readonly run: () => void;
};

type Queued = TimedEvent & { readonly timeMs: number; readonly order: number };

export type VirtualTimeOptions = {
  /** Called before each event of a living owner; it may end the owner's life. */
  readonly beforeEvent?: (event: TimedEvent) => void;
  /** Told each line of the trace. */
  readonly log?: ((line: string) => void) | undefined;
};

/** Makes the time of one world. */
export const createVirtualTime = ({ beforeEvent, log }: VirtualTimeOptions = {}): VirtualTime => {
  const queue = createQueue();
  let nowMs = 0;
  let order = 0;
  let steps = 0;
  let high = 0x1234567;
  let low = 0x811c9dc5;
  const note = (text: string): void => {
    low = hash(text, low);
    high = Math.imul(high ^ low, 0x85ebca6b) + 1;
    log?.(`${nowMs.toFixed(3).padStart(12)} ${text}`);
  };
  const takeNext = (): Queued | undefined => {
    for (let event = queue.pop(); event; event = queue.pop()) {
      if (!event.owner.isAlive) continue;
      const { pausedUntilMs } = event.owner;
      if (pausedUntilMs <= event.timeMs) return event;
      queue.push({ ...event, timeMs: pausedUntilMs, order: order++ });
    }
    return undefined;
  };
  /** False: nothing is left to do. */
  const step = (): boolean => {
    const event = takeNext();
    if (!event) return false;
    nowMs = Math.max(nowMs, event.timeMs);
    steps += 1;
    beforeEvent?.(event);
    if (!event.owner.isAlive) return true;
    note(`${event.owner.name} ${event.label}`);
    event.run();
    return true;
  };
  return {
    now: () => nowMs,
    after: (delayMs, event) => {
      queue.push({ ...event, timeMs: nowMs + Math.max(0, delayMs), order: order++ });
    },
    note,
    traceHash: () => (high >>> 0).toString(16).padStart(8, "0") + (low >>> 0).toString(16),
    steps: () => steps,
    run: (isOver) =>
      new Promise((resolve, reject) => {
        const next = (): void => {
          try {
            if (isOver() || !step()) {
              resolve();
              return;
            }
          } catch (error) {
            reject(error);
            return;
          }
          // Ticks run when no microtask is left: what an event leads to ends before the next.
          queueMicrotask(() => process.nextTick(next));
        };
        process.nextTick(next);
      }),
  };
};

/** A binary heap. */
const createQueue = () => {
  const heap: Queued[] = [];
  const isBefore = (a: Queued, b: Queued): boolean =>
    a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.order < b.order);
  return {
    push: (event: Queued): void => {
      let at = heap.push(event) - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!isBefore(event, heap[parent]!)) break;
        heap[at] = heap[parent]!;
        at = parent;
      }
      heap[at] = event;
    },
    pop: (): Queued | undefined => {
      const [first] = heap;
      const last = heap.pop();
      if (!last || heap.length === 0) return first;
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
        if (!isBefore(heap[child]!, last)) break;
        heap[at] = heap[child]!;
        at = child;
      }
      heap[at] = last;
      return first;
    },
  };
};
