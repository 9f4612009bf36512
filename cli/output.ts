/** Where a command says things. */
export type Output = {
  readonly isJson: boolean;
  /** Says a line of the result to a person; silent with --json. */
  readonly say: (line: string) => void;
  /** Says a part of the result to a program: one JSON object on one line; silent without --json. */
  readonly emit: (result: object) => void;
  /** Says something about the work itself, on standard error. */
  readonly note: (line: string) => void;
  /** Shows how far the work is, on standard error. */
  readonly progress: (step: Progress) => void;
};

/** `total` 0: not known. */
export type Progress = { readonly label: string; readonly done: number; readonly total: number };

const BAR_WIDTH = 30;
const LINE_EVERY_MS = 1_000;
const BAR_EVERY_MS = 50;

/**
 * Makes the output of a command: a bar on a terminal, else a line a second at most.
 *
 * shape   standard output carries results only, so that it can be piped
 */
export const createOutput = (isJson: boolean): Output => {
  const isTerminal = process.stderr.isTTY === true;
  let shownAt = isTerminal ? 0 : Date.now();
  let barShown = false;
  let shown = "";
  const clearBar = (): void => {
    if (barShown) process.stderr.write("\r\x1b[K");
    barShown = false;
  };
  const writeLine = (stream: NodeJS.WriteStream, line: string): void => {
    clearBar();
    stream.write(`${line}\n`);
  };
  return {
    isJson,
    say: (line) => {
      if (!isJson) writeLine(process.stdout, line);
    },
    emit: (result) => {
      if (isJson) writeLine(process.stdout, JSON.stringify(result));
    },
    note: (line) => writeLine(process.stderr, line),
    progress: (step) => {
      const isLast = step.total > 0 && step.done >= step.total;
      const now = Date.now();
      const everyMs = isTerminal ? BAR_EVERY_MS : LINE_EVERY_MS;
      if (!isLast && now - shownAt < everyMs) return;
      const text = describeProgress(step);
      if (isLast && text === shown) return;
      shownAt = now;
      shown = text;
      if (!isTerminal || isLast) return writeLine(process.stderr, text);
      clearBar();
      process.stderr.write(`${drawBar(step)}${text}`);
      barShown = true;
    },
  };
};

const describeProgress = ({ label, done, total }: Progress): string =>
  total === 0 ? `${label}: ${done}` : `${label}: ${done} of ${total}`;

const drawBar = ({ done, total }: Progress): string => {
  if (total === 0) return "";
  const full = Math.min(BAR_WIDTH, Math.floor((BAR_WIDTH * done) / total));
  return `[${"#".repeat(full)}${" ".repeat(BAR_WIDTH - full)}] `;
};
