import { readdirSync, readFileSync } from "node:fs";
import type { ProcessSample } from "./part-messages.ts";

/** What a process has used that another one has started, and that cannot report itself. */
export type ChildSample = ProcessSample & { readonly pid: number };

/**
 * Looks at the children of a process: those of the server are where stored procedures run.
 *
 * shape  undefined on a machine without /proc
 */
export const sampleChildren = (parentPid: number): readonly ChildSample[] | undefined => {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => sampleOf(Number(pid), parentPid));
  } catch {
    return undefined;
  }
};

/** Linux counts the time of processors in hundredths of a second, whatever the machine. */
const TICK_MS = 10;

const sampleOf = (pid: number, parentPid: number): readonly ChildSample[] => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    if (!new RegExp(`^PPid:\\s+${parentPid}$`, "m").test(status)) return [];
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Behind the name, which may hold anything: state is field 3, user and system time 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const cpuMs = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    return [{ pid, atMs: Date.now(), cpuMs, rssBytes: Number(kibibytes ?? 0) * 1024 }];
  } catch {
    // It ended in between.
    return [];
  }
};
