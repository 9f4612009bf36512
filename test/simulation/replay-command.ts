import type { WorldOptions } from "./world.ts";

/** Writes the command that lives through the same world again. */
export const replayCommand = ({ seed, without, requests }: WorldOptions): string =>
  [
    `npm run simulate -- --seed ${seed}`,
    ...(without && without.size > 0 ? [`--without ${[...without].join(",")}`] : []),
    ...(requests === undefined ? [] : [`--requests ${requests}`]),
  ].join(" ");
