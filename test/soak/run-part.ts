import type { Counts, FromPart, ProcessSample, ToPart } from "./part-messages.ts";
import type { Phase } from "./phase.ts";

/** A part of the soak, inside its process. */
export type Part<Facts> = {
  readonly facts: Facts;
  readonly enter?: (phase: Phase) => void;
  readonly counts?: () => Counts;
  /** Ends it; what it answers is the part's result. */
  readonly close: () => Promise<unknown>;
};

/** How a part tells of something unusual; a few lines are passed on, the rest is left out. */
export type Note = (line: string) => void;

/** How often each part reports, and how often it collects all garbage before it does. */
export type Reporting = { readonly reportEveryMs: number; readonly collectEveryMs: number };

const MAX_NOTES = 20;

/** Makes this process a part of the soak: it reports until it is told to stop. */
export const runPart = <Config extends object, Facts>(
  begin: (config: Config, note: Note) => Promise<Part<Facts>>,
): void => {
  let part: Part<Facts> | undefined;
  let notes = 0;
  const note: Note = (line) => {
    notes += 1;
    if (notes <= MAX_NOTES) tell({ kind: "note", line });
  };
  const start = async (config: Config & Reporting): Promise<void> => {
    try {
      part = await begin(config, note);
      tell({ kind: "ready", facts: part.facts });
      keepReporting(config, () => part?.counts?.() ?? {});
    } catch (error) {
      tell({ kind: "failed", message: String((error as Error)?.stack ?? error) });
    }
  };
  const stop = async (): Promise<void> => {
    const result = await part?.close();
    process.send?.({ kind: "result", result } satisfies FromPart, () => process.exit(0));
  };
  process.on("message", (message: ToPart) => {
    if (message.kind === "start") void start(message.config as Config & Reporting);
    else if (message.kind === "enter") part?.enter?.(message.phase);
    else stop().catch((error) => tell({ kind: "failed", message: String(error) }));
  });
  process.on("disconnect", () => process.exit(1));
  // Ctrl-C reaches the whole group; the soak ends its parts.
  process.on("SIGINT", () => undefined);
};

const tell = (message: FromPart): void => void process.send?.(message);

const keepReporting = (
  { reportEveryMs, collectEveryMs }: Reporting,
  countsNow: () => Counts,
): void => {
  let collectedAtMs = 0;
  const report = (): void => {
    const isDue = Date.now() - collectedAtMs >= collectEveryMs;
    if (isDue) collectedAtMs = Date.now();
    tell({ kind: "report", sample: processSample(isDue), counts: countsNow() });
  };
  report();
  setInterval(report, reportEveryMs).unref();
};

/** Live bytes are known only right after a full collection, which `--expose-gc` allows to force. */
const processSample = (collects: boolean): ProcessSample => {
  if (collects) globalThis.gc?.();
  const { rss: rssBytes, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const cpuMs = (user + system) / 1000;
  const isCollected = collects && globalThis.gc !== undefined;
  return {
    atMs: Date.now(),
    cpuMs,
    rssBytes,
    ...(isCollected && { liveBytes: heapUsed + external }),
  };
};
