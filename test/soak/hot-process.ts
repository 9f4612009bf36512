import { connect, itemsContainer } from "../../client/connect.ts";
import { readSettings } from "../../client/settings.ts";
import { createSubmitter } from "../../client/submit.ts";
import { HOT_PROJECT } from "./phase.ts";
import { runPart } from "./run-part.ts";
import { stampedTitle } from "./stamped-title.ts";

export type HotConfig = { readonly connectionString: string; readonly callers: number };

/** The hot project: many callers, each submits its next request as soon as the last one is accepted. */
runPart(async ({ connectionString, callers }: HotConfig, note) => {
  const settings = readSettings({ COSMOS: connectionString });
  const client = connect(settings);
  const submitter = createSubmitter(itemsContainer(client, settings));
  let accepted = 0;
  let failed = 0;
  let isHot = false;
  const call = async (): Promise<void> => {
    while (isHot) {
      const stamp = { traffic: "hot", phase: "hot", submittedAtMs: Date.now() } as const;
      try {
        await submitter.submit({ projectId: HOT_PROJECT, title: stampedTitle(stamp) });
        accepted += 1;
      } catch (error) {
        failed += 1;
        note(String(error));
      }
    }
  };
  return {
    facts: {},
    enter: (phase) => {
      const wasHot = isHot;
      isHot = phase === "hot";
      if (isHot && !wasHot) for (let n = 0; n < callers; n += 1) void call();
    },
    counts: () => ({ accepted, failed }),
    close: async () => {
      isHot = false;
      await submitter.close();
      client.dispose();
    },
  };
});
