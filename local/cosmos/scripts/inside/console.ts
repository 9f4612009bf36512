type Failure = (number: number, message: string) => Error;

export type ScriptLog = { text: string; write(...given: unknown[]): void };

/**
 * Makes what `console.log` writes to: `%s` and `%%` are replaced, nothing is put between two calls.
 *
 * units   maxCharacters: of the log as its response header carries it, percent-encoded
 * errors  400 unless the first argument is a string, 413 when the log gets too long
 */
export const makeLog = (options: {
  readonly isEnabled: boolean;
  readonly maxCharacters: number;
  readonly failure: Failure;
}): ScriptLog => {
  let characters = 0;
  const log: ScriptLog = {
    text: "",
    write(format, ...values) {
      if (!options.isEnabled) return;
      if (typeof format !== "string") {
        throw options.failure(
          400,
          "First argument to console.log should be a string containing zero or more substitution strings.",
        );
      }
      let next = 0;
      const piece = format
        .replace(/%(%|s)/g, (_, kind) => (kind === "%" ? "%" : String(values[next++])))
        .toWellFormed();
      const after = characters + encodeURIComponent(piece).length;
      if (after > options.maxCharacters) {
        throw options.failure(
          413,
          'Resulting message would be too large because of "x-ms-documentdb-script-log-results". Return from script with current message and use continuation token to call the script again or modify your script.',
        );
      }
      characters = after;
      log.text += piece;
    },
  };
  return log;
};
