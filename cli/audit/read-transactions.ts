import type { Container } from "@azure/cosmos";
import { WHOLE_CONTAINER } from "../../client/feed-range.ts";
import { type RangeProgress, readRange, servingParts, type WrittenTogether } from "./read-range.ts";

/**
 * Reads the newest version of every document of a container, each project's in the order of writing.
 *
 * shape   pages of transactions; what is written meanwhile may come twice, the newer version later
 */
export const readTransactions = async function* (
  container: Container,
): AsyncGenerator<readonly WrittenTogether[]> {
  const whole: RangeProgress = { range: WHOLE_CONTAINER, continuation: null, headLsn: null };
  const waiting = [...(await servingParts(container, whole))];
  for (let part = waiting.shift(); part; part = waiting.shift()) {
    let progress = part;
    for await (const page of readRange(container, part)) {
      if (page.kind === "moved") {
        waiting.push(...(await servingParts(container, progress)));
        break;
      }
      yield page.transactions;
      progress = { ...progress, continuation: page.continuation };
    }
  }
};
