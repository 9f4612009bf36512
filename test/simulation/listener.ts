import { createChangeFeedProcessor } from "../../client/change-feed-processor.ts";
import type { Change } from "../../client/feed-reader.ts";
import { type Deployment, instanceName, keepStarting } from "./function-host.ts";
import type { Surroundings } from "./link.ts";
import type { Running } from "./machine.ts";
import { simulatedContainer } from "./simulated-container.ts";

/** The etags of all versions of documents that a processor's handlers have taken. */
export type Heard = Set<string>;

type ListenerParts = {
  readonly surroundings: Surroundings;
  readonly deployment: Deployment;
  readonly heard: Heard;
};

/**
 * Runs an instance of a change feed processor that no sweep helps: what it does not hand over to
 * its handler is lost. The handler fails now and then; only what it has taken to its end counts.
 */
export const runListener = (parts: ListenerParts, running: Running): void => {
  const { surroundings, deployment, heard } = parts;
  const { world, link } = running;
  const { delays } = surroundings;
  const handler = async (changes: readonly Change[]): Promise<void> => {
    await world.sleep(delays.skewed(3_000));
    if (!surroundings.faults.haveEnded() && delays.chance(0.05)) throw new Error("not this time");
    for (const { _etag } of changes) heard.add(String(_etag));
  };
  const processor = createChangeFeedProcessor({
    items: simulatedContainer(surroundings, link, "items"),
    leases: simulatedContainer(surroundings, link, "leases"),
    accountEndpoint: "http://cosmos.simulated:8081/",
    processorName: "listener-",
    instanceName: instanceName(running),
    startFrom: "beginning",
    maxItemCount: deployment.maxItemCount,
    ...deployment.timings,
    handler,
    world,
  });
  const { signal } = new AbortController();
  keepStarting(processor.start, running, signal).catch(surroundings.onViolation);
};
