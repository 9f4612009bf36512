import { connect, itemsContainer } from "../../client/connect.ts";
import { readSettings } from "../../client/settings.ts";
import { createSubmitter } from "../../client/submit.ts";
import type { Phase } from "./phase.ts";
import { createQuietTraffic } from "./quiet-traffic.ts";
import { runPart } from "./run-part.ts";
import { stampedTitle } from "./stamped-title.ts";
import { type Steady, steadily } from "./steadily.ts";
import { createUserReads } from "./user-reads.ts";

export type LoadConfig = {
  readonly connectionString: string;
  /** Of the function hosts. */
  readonly urls: readonly string[];
  readonly quietProjects: number;
  /** Requests a second, of all quiet projects together. */
  readonly rate: number;
  readonly seed: number;
};

/** Reads for each request. */
const READS_PER_REQUEST = 0.5;

/** The quiet projects and the users: mixed traffic at an even rate, in all phases the same. */
runPart(async (config: LoadConfig, note) => {
  const settings = readSettings({ COSMOS: config.connectionString });
  const client = connect(settings);
  const container = itemsContainer(client, settings);
  const submitter = createSubmitter(container);
  const send = createQuietTraffic({ container, submitter, urls: config.urls }, config);
  const read = createUserReads({ container, urls: config.urls }, config);
  let phase: Phase = "fill";
  let filled = 0;
  let steadies: { readonly sends: Steady; readonly reads: Steady } | undefined;
  const fill = async (): Promise<void> => {
    const requests = Array.from({ length: config.quietProjects }, (_, n) => ({
      projectId: n + 1,
      id: `fill-${n}`,
      title: stampedTitle({ traffic: "quiet", phase: "fill", submittedAtMs: Date.now() }),
    }));
    await submitter.submitMany(requests);
    filled = requests.length;
  };
  const onError = (error: unknown): void => note(`${phase}: ${error}`);
  const enter = (next: Phase): void => {
    phase = next;
    if (phase === "fill") fill().catch(onError);
    else if (phase === "settle") void stopSteadies();
    else {
      steadies ??= {
        sends: steadily(config.rate, () => send(phase), onError),
        reads: steadily(config.rate * READS_PER_REQUEST, read, onError),
      };
    }
  };
  let isQuiet = 0;
  const stopSteadies = async (): Promise<void> => {
    await Promise.all([steadies?.sends.stop(), steadies?.reads.stop()]);
    isQuiet = 1;
  };
  return {
    facts: {},
    enter,
    counts: () => {
      const sends = steadies?.sends.counts() ?? NOTHING;
      const reads = steadies?.reads.counts() ?? NOTHING;
      return {
        ...{ filled, isQuiet },
        ...{ sent: sends.done, notTaken: sends.failed, skipped: sends.skipped + reads.skipped },
        ...{ read: reads.done, readsFailed: reads.failed },
      };
    },
    close: async () => {
      await stopSteadies();
      await submitter.close();
      client.dispose();
    },
  };
});

const NOTHING = { done: 0, failed: 0, skipped: 0 };
