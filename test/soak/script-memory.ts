import { readdirSync, readFileSync } from "node:fs";

/** Resident memory of a process that another one has started, and that cannot report itself. */
export type ChildMemory = { readonly pid: number; readonly rssBytes: number };

/**
 * Reads the memory of a process's children: those of the server are where stored procedures run.
 *
 * shape  undefined on a machine without /proc
 */
export const readChildMemory = (parentPid: number): readonly ChildMemory[] | undefined => {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => memoryOf(Number(pid), parentPid));
  } catch {
    return undefined;
  }
};

const memoryOf = (pid: number, parentPid: number): readonly ChildMemory[] => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const isChild = new RegExp(`^PPid:\\s+${parentPid}$`, "m").test(status);
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
    return isChild && kibibytes(kilobytes) > 0
      ? [{ pid, rssBytes: kibibytes(kilobytes) * 1024 }]
      : [];
  } catch {
    // It ended in between.
    return [];
  }
};

const kibibytes = (text: string | undefined): number => Number(text ?? 0);
