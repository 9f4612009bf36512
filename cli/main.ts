#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
import { type Command, describeCommand, readArguments, usageError } from "./command.ts";
import { cosmos } from "./commands/cosmos.ts";
import { start } from "./commands/start.ts";
import { submit } from "./commands/submit.ts";
import { todos } from "./commands/todos.ts";
import { verify } from "./commands/verify.ts";
import { explainError } from "./explain-error.ts";
import { createOutput } from "./output.ts";
import { EXIT, type ExitCode } from "./user-error.ts";

const commands: Readonly<Record<string, Command>> = { start, cosmos, submit, todos, verify };

const overview = (): string =>
  [
    "Requests become numbered todos, effectively once and in order.",
    "",
    "Usage: npm run <command> -- [options]   (start: npm start -- [options])",
    "",
    ...Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(8)}${summary}`),
    "",
    "Each command explains itself with --help.",
  ].join("\n");

const run = async ([name, ...args]: readonly string[]): Promise<ExitCode> => {
  if (name === undefined || name === "--help" || name === "help") {
    process.stdout.write(`${overview()}\n`);
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const command = commands[name];
  const known = Object.keys(commands).join(", ");
  if (!command) throw usageError(`There is no command "${name}"; the commands are ${known}`);
  if (args.includes("--help")) {
    process.stdout.write(`${describeCommand(name, command)}\n`);
    return EXIT.ok;
  }
  return command.run(readArguments(name, command, args), createOutput(args.includes("--json")));
};

const args = process.argv.slice(2);
let exitCode: ExitCode;
try {
  exitCode = await run(args);
} catch (error) {
  const { message, ...explained } = explainError(error);
  exitCode = explained.exitCode;
  if (args.includes("--json"))
    process.stdout.write(`${JSON.stringify({ event: "error", message })}\n`);
  process.stderr.write(`${message}\n`);
}
// Whoever was interrupted may still be trying; what was said must be out first.
process.stdout.write("", () => process.exit(exitCode));
