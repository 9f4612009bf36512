import { spawnSync } from "node:child_process";
import { join } from "node:path";

const PROJECT = join(import.meta.dirname, "dotnet");
const PROGRAM = join(PROJECT, "bin/Release/net10.0/interop.dll");
const NEEDED_MAJOR_VERSION = 10;
const BUILD_LIMIT_MS = 300_000;

/** What a role of the .NET program is started with; the account comes from the environment. */
export type DotnetArguments = Readonly<Record<`--${string}`, string | number>>;

/** Finds out why the .NET program cannot be built here; undefined if it can. */
export const whyNoDotnet = (): string | undefined => {
  const { stdout, error } = spawnSync("dotnet", ["--version"], { encoding: "utf8" });
  if (error) return "there is no dotnet on the PATH";
  if (Number.parseInt(stdout, 10) >= NEEDED_MAJOR_VERSION) return undefined;
  return `dotnet is version ${stdout.trim()}`;
};

/**
 * Builds the .NET program; a second time, without a change, it takes two seconds.
 *
 * errors  throws with what the compiler or the restore said
 */
export const buildDotnetProgram = (): void => {
  const { status, stdout, stderr } = spawnSync(
    "dotnet",
    ["build", PROJECT, "--configuration", "Release", "--nologo", "-v", "quiet"],
    { encoding: "utf8", timeout: BUILD_LIMIT_MS, env: quietDotnet },
  );
  if (status !== 0) throw new Error(`dotnet build failed.\n${stdout}${stderr}`);
};

/** Names the command that runs one role of the built program. */
export const dotnetCommand = (
  role: "processor" | "submitter" | "reader",
  given: DotnetArguments,
): readonly [string, ...string[]] => [
  "dotnet",
  PROGRAM,
  role,
  ...Object.entries(given).flatMap(([name, value]) => [name, String(value)]),
];

const quietDotnet = { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: "1", DOTNET_NOLOGO: "1" };
