import { Cron } from "croner";
import type { World } from "../../client/world.ts";
import type { TimerTrigger } from "./trigger.ts";

/** What a timer function is given, as the Functions host sends it. */
export type TimerInput = {
  readonly Schedule: { readonly AdjustForDST: boolean };
  readonly ScheduleStatus: {
    readonly Last: string;
    readonly Next: string;
    readonly LastUpdated: string;
  };
  readonly IsPastDue: boolean;
};

export type TimerOptions = {
  readonly trigger: TimerTrigger;
  readonly functionName: string;
  /** Invokes the function, as often as its retry policy says and until the signal. */
  readonly run: (json: string, signal: AbortSignal) => Promise<unknown>;
  readonly world: World;
  readonly stopping: AbortSignal;
};

/**
 * Prepares a timer function; the answer starts it, and what that answers waits for its end.
 *
 * errors  throws if the schedule cannot be read
 */
export const startTimer = (options: TimerOptions): (() => () => Promise<void>) => {
  parseSchedule(options.trigger.schedule, options.functionName);
  return () => {
    const ended = runTimer(options);
    return () => ended;
  };
};

/**
 * Runs a timer function by its schedule until the signal, one run at a time.
 *
 * shape   resolves when the last run has ended. Times are UTC. The next time counts from the end of a
 *         run, so what a long run overlaps is skipped. IsPastDue: this machine slept over a time
 * source  TimerListener of the WebJobs timers extension; it also keeps its state in a storage account,
 *         so that IsPastDue survives a restart; the local host has none
 */
export const runTimer = async (options: TimerOptions): Promise<void> => {
  const { trigger, world, stopping: signal } = options;
  const run = (input: TimerInput) => options.run(JSON.stringify(input), signal);
  const schedule = parseSchedule(trigger.schedule, options.functionName);
  let last = new Date(0);
  if (trigger.runOnStartup) {
    const now = new Date(world.now());
    await run(timerInput({ last, next: schedule.nextRun(now) ?? now, isPastDue: false }));
  }
  while (!signal.aborted) {
    const planned = schedule.nextRun(new Date(world.now()));
    if (!planned) return;
    const isTime = await sleepUntil(planned.getTime(), world, signal);
    if (signal.aborted) return;
    if (!isTime) continue;
    const following = schedule.nextRun(planned);
    const isPastDue = following !== null && world.now() >= following.getTime();
    await run(timerInput({ last, next: following ?? planned, isPastDue }));
    last = planned;
  }
};

/**
 * Parses a schedule of six fields, seconds first (NCRONTAB).
 *
 * shape   a day must match day-of-month and day-of-week, as in NCrontab
 * errors  throws if it has other than six fields, or is a time span such as "00:05:00"
 */
export const parseSchedule = (text: string, functionName: string): Cron => {
  const where = `The function "${functionName}" has the schedule "${text}"`;
  if (text.trim().split(/\s+/).length !== 6) {
    throw new Error(`${where}; write six fields, seconds first, such as "0 */5 * * * *"`);
  }
  try {
    return new Cron(text, { mode: "6-part", domAndDow: true, utcOffset: 0, paused: true });
  } catch (error) {
    throw new Error(`${where}, which cannot be read: ${(error as Error).message}`);
  }
};

// Timers of Node end at 2^31 - 1 ms; and after a sleep of the machine the clock is looked at again.
const LONGEST_SLEEP_MS = 60_000;

/** Sleeps until a time; false if the clock was set back meanwhile, so that another time may be next. */
const sleepUntil = async (time: number, world: World, signal: AbortSignal): Promise<boolean> => {
  let lastLeftMs = Number.POSITIVE_INFINITY;
  for (;;) {
    const leftMs = time - world.now();
    if (leftMs <= 0 || signal.aborted) return true;
    if (leftMs > lastLeftMs) return false;
    lastLeftMs = leftMs;
    await world.sleep(Math.min(leftMs, LONGEST_SLEEP_MS), signal);
  }
};

type Occurrence = { readonly last: Date; readonly next: Date; readonly isPastDue: boolean };

const timerInput = ({ last, next, isPastDue }: Occurrence): TimerInput => ({
  Schedule: { AdjustForDST: true },
  ScheduleStatus: {
    Last: last.toISOString(),
    Next: next.toISOString(),
    LastUpdated: last.toISOString(),
  },
  IsPastDue: isPastDue,
});
