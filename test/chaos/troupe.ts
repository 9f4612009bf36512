import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Child, type ChildOptions, createChild } from "./child.ts";
import type { Report } from "./finding.ts";
import { type Link, openLink } from "./tcp-proxy.ts";

/** All processes and links of a run, to be ended together. */
export type Troupe = {
  readonly add: <Config, Facts>(member: Member<Config>) => Child<Facts>;
  /** Opens the link of a process, and answers the address of its near end. */
  readonly link: (name: string, target: () => string | undefined) => Promise<string>;
  readonly links: ReadonlyMap<string, Link>;
  /** How often a process killed itself that may. */
  readonly ownDeaths: () => number;
  /** kill -9 to all. */
  readonly close: () => Promise<void>;
};

type Member<Config> = Pick<ChildOptions<Config>, "name" | "file" | "config"> & {
  /** It kills itself now and then, and nothing is wrong with that. */
  readonly mayKillItself?: boolean;
};

const REVIVE_AFTER_MS = 200;

/**
 * Makes an empty troupe that logs to a folder.
 *
 * shape   who ends by itself is reported, and started again
 */
export const createTroupe = (logFolder: string, report: Report): Troupe => {
  const children: Child<unknown>[] = [];
  const links = new Map<string, Link>();
  let isClosed = false;
  let ownDeaths = 0;
  return {
    links,
    ownDeaths: () => ownDeaths,
    add: <Config, Facts>({ mayKillItself, ...member }: Member<Config>) => {
      const { name } = member;
      const reportDeath = (message: string) =>
        report({ kind: "died-by-itself", who: name, message });
      const onDeath = (how: string): void => {
        if (isClosed) return;
        if (mayKillItself && how === "SIGKILL") ownDeaths += 1;
        else reportDeath(`it ended with ${how}`);
        sleep(REVIVE_AFTER_MS)
          .then(() => (isClosed ? undefined : child.start()))
          .catch((error: Error) => reportDeath(`it does not start again: ${error.message}`));
      };
      const logFile = join(logFolder, `${name}.log`);
      const child = createChild<Config, Facts>({ ...member, logFile, onDeath });
      children.push(child as Child<unknown>);
      return child;
    },
    link: async (name, target) => {
      const link = await openLink(() => {
        const url = target();
        return url === undefined ? undefined : Number(new URL(url).port);
      });
      links.set(name, link);
      return `http://127.0.0.1:${link.port}/`;
    },
    close: async () => {
      isClosed = true;
      await Promise.all(children.map((child) => child.kill()));
      await Promise.all([...links.values()].map((link) => link.close()));
    },
  };
};
