import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Takes the room for files from a running process, and gives it back.
 *
 * It lowers the process's own limit of the size of files (RLIMIT_FSIZE), which every user may do to
 * the own processes while they run, without mounts. What the server sees is what it sees on a full
 * disk: `write` takes a part of the bytes, then none. It proves that a commit that fails in the middle
 * of its append is refused and undone, that nothing refused appears later, and that the same process
 * goes on afterwards. The error is EFBIG instead of ENOSPC; SQLite undoes its transaction for both.
 *
 * errors  rejects if there is no `prlimit` (util-linux), see `canFillDisk`
 */
export const fillDisk = async (pid: number, roomBytes: number): Promise<void> => {
  await run("prlimit", ["--pid", String(pid), `--fsize=${roomBytes}:`]);
};

/** Gives the room back. */
export const freeDisk = async (pid: number): Promise<void> => {
  const columns = ["--fsize", "--noheadings", "--raw", "--output", "HARD"];
  const { stdout } = await run("prlimit", ["--pid", String(pid), ...columns]);
  await run("prlimit", ["--pid", String(pid), `--fsize=${stdout.trim()}:`]);
};

/** Can this machine do it? Linux with util-linux. */
export const canFillDisk = async (): Promise<boolean> => {
  try {
    await freeDisk(process.pid);
    return true;
  } catch {
    return false;
  }
};

/** The size of the server's log now: with that much room, the next bytes of it fit no more. */
export const logBytes = (dataFolder: string): number =>
  statSync(join(dataFolder, "cosmos.db-wal"), { throwIfNoEntry: false })?.size ?? 0;
