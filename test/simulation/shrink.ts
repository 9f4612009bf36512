import { FAULTS } from "./faults.ts";
import { runWorld, type WorldOptions } from "./world.ts";

export type Shrunk = { readonly options: WorldOptions; readonly violation: string };

/**
 * Looks for a smaller world of the same seed that still breaks a promise: without faults that are
 * not needed for it, and with fewer requests.
 *
 * shape   undefined if the seed does not fail; each step keeps what still fails, in whatever way
 */
export const shrink = async (seed: number): Promise<Shrunk | undefined> => {
  let smallest: Shrunk | undefined = await failing({ seed, without: new Set<string>() });
  if (!smallest) return undefined;
  for (const fault of FAULTS) {
    const without: Set<string> = new Set([...(smallest.options.without ?? []), fault]);
    smallest = (await failing({ ...smallest.options, without })) ?? smallest;
  }
  for (let requests = 1; requests < 25; requests += 1) {
    const fewer = await failing({ ...smallest.options, requests });
    if (fewer) return fewer;
  }
  return smallest;
};

const failing = async (options: WorldOptions): Promise<Shrunk | undefined> => {
  const { violation } = await runWorld(options);
  return violation === undefined ? undefined : { options, violation };
};
