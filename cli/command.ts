import { parseArgs } from "node:util";
import type { Output } from "./output.ts";
import { EXIT, type ExitCode, UserError } from "./user-error.ts";

/** One option of a command. `value` names what follows it; an option without one is a switch. */
export type CommandOption = { readonly help: string; readonly value?: string };

export type Command = {
  readonly summary: string;
  /** What can follow the options, such as `TITLE…`. */
  readonly positionals?: string;
  readonly options: Readonly<Record<string, CommandOption>>;
  readonly examples: readonly string[];
  readonly run: (given: Given, output: Output) => Promise<ExitCode>;
};

/** What was given on the command line. */
export type Given = {
  readonly text: (option: string) => string | undefined;
  readonly isSet: (option: string) => boolean;
  readonly positionals: readonly string[];
};

const COMMON: Command["options"] = {
  json: { help: "One JSON object a line on standard output instead of text" },
  help: { help: "Show this help" },
};

/**
 * Reads the arguments of a command.
 *
 * errors  UserError with the exit code for wrong usage
 */
export const readArguments = (name: string, command: Command, args: readonly string[]): Given => {
  const options = Object.fromEntries(
    Object.entries({ ...command.options, ...COMMON }).map(([option, { value }]) => [
      option,
      { type: value === undefined ? ("boolean" as const) : ("string" as const) },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      allowPositionals: command.positionals !== undefined,
    });
    return {
      text: (option) => (typeof values[option] === "string" ? values[option] : undefined),
      isSet: (option) => values[option] === true,
      positionals,
    };
  } catch (error) {
    const [sentence = ""] = (error as Error).message.split(/\. |\n/);
    throw usageError(`${sentence.replace(/\.$/, "")}; see "${name} --help"`);
  }
};

/** Makes the error of a wrong command line. */
export const usageError = (message: string): UserError => new UserError(message, EXIT.usage);

/** Reads an option that is a TCP port; 0 takes a free one. */
export const portOf = (given: Given, option: string, byDefault: number): number => {
  const text = given.text(option);
  if (text === undefined) return byDefault;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 0 && port <= 65_535) return port;
  throw usageError(`--${option} is "${text}"; give a port from 0 (any free one) to 65535`);
};

/** Reads the option --project. */
export const projectIdOf = (given: Given): number => {
  const text = given.text("project");
  if (text === undefined) throw usageError("--project is missing; give the number of a project");
  const projectId = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(projectId) && projectId > 0) return projectId;
  throw usageError(`--project is "${text}"; give a positive integer`);
};

/** Describes a command: usage, options, examples and exit codes. */
export const describeCommand = (name: string, command: Command): string => {
  const entries = Object.entries({ ...command.options, ...COMMON }).map(
    ([option, { value, help }]) => [`--${option}${value ? ` ${value}` : ""}`, help] as const,
  );
  const width = Math.max(...entries.map(([left]) => left.length));
  return [
    command.summary,
    "",
    `Usage: ${name} [options]${command.positionals ? ` ${command.positionals}` : ""}`,
    "",
    ...entries.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`),
    "",
    ...command.examples.map((example) => `Example: ${example}`),
    "",
    `Exit code: ${EXIT.ok} good, ${EXIT.failure} failed or violations found, ${EXIT.usage} wrong usage`,
  ].join("\n");
};
