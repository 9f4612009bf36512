import { SubmitError } from "../../client/submission.ts";
import { createSubmitter } from "../../client/submit.ts";
import type { Asked, Ledger } from "./ledger.ts";
import type { Surroundings } from "./link.ts";
import type { Running } from "./machine.ts";
import { simulatedContainer } from "./simulated-container.ts";

/** What a sender wants to submit and has not heard of yet; it survives the sender's crashes. */
export type Outbox = { readonly asked: Asked; readonly atMs: number }[];

type SubmitterParts = {
  readonly surroundings: Surroundings;
  readonly outbox: Outbox;
  readonly ledger: Ledger;
};

/** Short, so that giving up is seen; whoever gave up asks again with the same id, or does not. */
const GIVE_UP_AFTER_MS = [50, 1_000, 10_000];

/** Runs a sender: it submits each request at its time. */
export const runSubmitter = (parts: SubmitterParts, { world, link, life }: Running): void => {
  const { surroundings, outbox, ledger } = parts;
  const { time, delays, faults } = surroundings;
  const submitter = createSubmitter(simulatedContainer(surroundings, link, "items"), {
    world,
    giveUpAfterMs: delays.pick(GIVE_UP_AFTER_MS),
    maxFlushes: delays.between(1, 3),
  });
  const remove = (entry: Outbox[number]): void => {
    const at = outbox.indexOf(entry);
    if (at >= 0) outbox.splice(at, 1);
  };
  const send = async (entry: Outbox[number]): Promise<void> => {
    const { asked, atMs } = entry;
    await world.sleep(Math.max(0, atMs - time.now()));
    for (let isFirst = true; ; isFirst = false) {
      const { projectId, id, title } = asked;
      try {
        const submission = await submitter.submit({ projectId, id, title });
        ledger.onSubmission(asked, submission);
        return remove(entry);
      } catch (error) {
        if (!(error instanceof SubmitError)) throw error;
        const givesUp = !faults.haveEnded() && delays.chance(0.5);
        if (givesUp && isFirst && life === 1) ledger.onSubmitError(asked, error);
        if (givesUp) return remove(entry);
      }
    }
  };
  for (const entry of [...outbox]) send(entry).catch(surroundings.onViolation);
};
