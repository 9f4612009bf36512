import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** Calls the Azure CLI and answers what it printed, as JSON if it is. */
export type AzureCli = (...parameters: readonly string[]) => unknown;

/** What stops a deployment, and what to do about it. */
export class DeployError extends Error {}

/** Relative paths in commands are from here, so that what is shown can be pasted. */
export const ROOT = join(import.meta.dirname, "../..");

/**
 * Makes the Azure CLI callable: each command is shown before it runs, and its complaints as they come.
 *
 * errors  DeployError if `az` is missing or a command fails
 */
export const azureCli =
  (show: (line: string) => void, env: NodeJS.ProcessEnv): AzureCli =>
  (...parameters) => {
    show(`> ${shown(["az", ...parameters])}`);
    const { error, status, stdout } = spawnSync("az", parameters, {
      cwd: ROOT,
      env: withoutEmpty(env),
      encoding: "utf8",
      maxBuffer: MAX_OUTPUT_BYTES,
      stdio: ["inherit", "pipe", "inherit"],
      // On Windows az is a batch file.
      shell: process.platform === "win32",
    });
    if (error && (error as NodeJS.ErrnoException).code === "ENOENT") {
      throw new DeployError(`There is no az on the PATH; install it: ${INSTALL}`);
    }
    if (error) throw new DeployError(`az could not run: ${error.message}`);
    if (status !== 0) {
      throw new DeployError(`az failed with exit code ${status}; it says above what is wrong.`);
    }
    return parse(stdout);
  };

const INSTALL = "https://learn.microsoft.com/cli/azure/install-azure-cli";
const MAX_OUTPUT_BYTES = 50_000_000;

/** A variable that a workflow left empty is one that nobody set: parameter files have defaults. */
const withoutEmpty = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));

const shown = (words: readonly string[]): string =>
  words.map((word) => (/^[\w./:=@-]+$/.test(word) ? word : `'${word}'`)).join(" ");

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
