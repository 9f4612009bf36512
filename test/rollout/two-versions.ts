import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** A function app and the stored procedure that it calls, as `npm run build` makes them. */
export type Version = {
  /** Holds main.cjs, host.json, package.json, drain.js and drain.json. */
  readonly directory: string;
  readonly drainName: string;
};

export type TwoVersions = {
  readonly old: Version;
  readonly new: Version;
  readonly remove: () => Promise<void>;
};

/**
 * Builds the app twice, each from a copy of the sources; in the second somebody changed the drain.
 *
 * The change is one that a release may bring: it alters what a call takes on, not what a document
 * looks like, so that both drains can work on the same project.
 */
export const buildTwoVersions = async (): Promise<TwoVersions> => {
  const root = await mkdtemp(join(tmpdir(), "roll-out-"));
  const versions = await Promise.all([
    buildCopy(join(root, "old"), (drain) => drain),
    buildCopy(join(root, "new"), lowerTheLimit),
  ]);
  return {
    old: versions[0],
    new: versions[1],
    remove: () => rm(root, { recursive: true, force: true }),
  };
};

const LIMIT = /const MAX_CHARACTERS = [\d_]+;/;

const lowerTheLimit = (drain: string): string => {
  if (!LIMIT.test(drain)) throw new Error(`sprocs/drain.ts has no ${LIMIT} to change`);
  return drain.replace(LIMIT, "const MAX_CHARACTERS = 400_000;");
};

const ROOT = join(import.meta.dirname, "../..");
const SOURCES = [
  "build.ts",
  "host.json",
  "package.json",
  "client",
  "domain",
  "functions",
  "sprocs",
];

const buildCopy = async (
  directory: string,
  change: (drain: string) => string,
): Promise<Version> => {
  for (const name of SOURCES) {
    await cp(join(ROOT, name), join(directory, name), { recursive: true });
  }
  await symlink(join(ROOT, "node_modules"), join(directory, "node_modules"), "dir");
  const drain = join(directory, "sprocs/drain.ts");
  await writeFile(drain, change(await readFile(drain, "utf8")));
  await promisify(execFile)(process.execPath, [join(directory, "build.ts"), "--quiet"]);
  const built = join(directory, "dist");
  const { name } = JSON.parse(await readFile(join(built, "drain.json"), "utf8"));
  return { directory: built, drainName: String(name) };
};
