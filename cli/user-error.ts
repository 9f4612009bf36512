/** The exit codes of every command. */
export const EXIT = {
  ok: 0,
  /** Something failed, or `verify` found violations; the message says what. */
  failure: 1,
  /** The command line was wrong; nothing was done. */
  usage: 2,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An error whose message is meant for the person at the command line: what, where, what to do. */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.failure) {
    super(message);
    this.exitCode = exitCode;
  }
}
