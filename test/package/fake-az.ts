import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

/** How the fake Azure CLI answers a command that begins with these words. */
export type Answer = {
  readonly to: string;
  readonly prints?: unknown;
  /** Fails this many times before it succeeds. */
  readonly failures?: number;
};

/** One call as the program saw it. */
export type Call = {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether the package was there when it was called. */
  readonly hasZip: boolean;
};

export type FakeAz = {
  readonly env: NodeJS.ProcessEnv;
  readonly calls: () => readonly Call[];
  readonly remove: () => void;
};

/**
 * Puts a program named `az` first on a PATH: it notes how it is called and answers as told.
 *
 * shape   the Azure CLI is a program of others, so its border is where a stand-in belongs
 */
export const fakeAz = (answers: readonly Answer[]): FakeAz => {
  const directory = mkdtempSync(join(tmpdir(), "fake-az-"));
  const log = join(directory, "calls.ndjson");
  writeFileSync(log, "");
  writeFileSync(join(directory, "answers.json"), JSON.stringify(answers));
  writeFileSync(join(directory, "az.cjs"), PROGRAM);
  const az = join(directory, "az");
  writeFileSync(az, `#!/bin/sh\nexec "${process.execPath}" "${directory}/az.cjs" "$@"\n`);
  chmodSync(az, 0o755);
  return {
    env: { ...process.env, PATH: [directory, dirname("/bin/sh"), "/usr/bin"].join(delimiter) },
    calls: () =>
      readFileSync(log, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Call),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
};

const PROGRAM = `
const { appendFileSync, existsSync, readFileSync } = require("node:fs");
const { join } = require("node:path");
const words = process.argv.slice(2);
const log = join(__dirname, "calls.ndjson");
const command = words.join(" ");
const answer = JSON.parse(readFileSync(join(__dirname, "answers.json"), "utf8"))
  .find(({ to }) => command.startsWith(to));
const before = readFileSync(log, "utf8").split("\\n").filter(Boolean)
  .filter((line) => JSON.parse(line).words.join(" ").startsWith(answer?.to)).length;
appendFileSync(log, JSON.stringify({ words, env: process.env, hasZip: existsSync("dist/app.zip") }) + "\\n");
if (!answer || before < (answer.failures ?? 0)) process.exit(1);
if (answer.prints !== undefined) {
  console.log(typeof answer.prints === "string" ? answer.prints : JSON.stringify(answer.prints));
}
`;
