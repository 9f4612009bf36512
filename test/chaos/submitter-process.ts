import { setTimeout as sleep } from "node:timers/promises";
import { runChild } from "../../cli/processes/run-child.ts";
import { openJournal } from "./journal.ts";
import { createAsks } from "./next-ask.ts";
import type { SubmitterConfig } from "./process-config.ts";
import { clientSubmits, httpPosts, rawCreates } from "./ways-to-ask.ts";

const WAYS = { raw: rawCreates, client: clientSubmits, http: httpPosts } as const;

/**
 * Asks for requests without end, some at a time, and notes each before it is sent and each answer
 * before anything else.
 */
runChild<SubmitterConfig, object>(async ({ kind, name, address, journalFile, ...pace }) => {
  const way = WAYS[kind](address);
  const journal = openJournal(journalFile);
  const nextAsk = createAsks(name, kind === "raw");
  const stopping = new AbortController();
  let count = 0;
  const askOneByOne = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const request = nextAsk();
      count += 1;
      const ask = `${name}.${count}`;
      journal.note({ kind: "asked", ask, ...request });
      journal.note({ kind: "answered", ask, ...(await way.ask(request)) });
      await sleep(Math.random() * 2 * pace.pauseMs);
    }
  };
  const asking = Promise.all(Array.from({ length: pace.atOnce }, askOneByOne));
  return {
    facts: {},
    close: async () => {
      stopping.abort();
      await asking;
      await way.close();
      journal.close();
    },
  };
});
