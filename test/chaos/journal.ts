import { closeSync, existsSync, fdatasyncSync, openSync, readFileSync, writeSync } from "node:fs";

/** What is noted before a request is sent: with `ask` as its name, unique in all lives of the process. */
export type Asked = {
  readonly kind: "asked";
  readonly ask: string;
  readonly id: string;
  readonly projectId: unknown;
  readonly title?: unknown;
};

/**
 * What a submitter was told.
 *
 * created  201: this attempt made the document
 * kept     202, or submit() says that Cosmos DB has it, now or before
 * taken    409: something has this id
 * refused  400 and the like: it never will be
 * denied   submit() gave up and says that Cosmos DB has not got it
 * unknown  no answer, or one that leaves both open
 */
export type Answer = "created" | "kept" | "taken" | "refused" | "denied" | "unknown";

export type Answered = {
  readonly kind: "answered";
  readonly ask: string;
  readonly answer: Answer;
  readonly detail?: string;
};

/** A todo as a subscriber handled it; `text` is all of it. */
export type Handled = {
  readonly kind: "handled";
  readonly projectId: number;
  readonly todoId: number;
  readonly text: string;
};

/** The subscription ended with an error that trying again does not mend. */
export type Failed = { readonly kind: "failed"; readonly message: string };

export type JournalLine = Asked | Answered | Handled | Failed;

export type Journal = {
  readonly note: (line: JournalLine) => void;
  readonly close: () => void;
};

/**
 * Opens a journal to append to it.
 *
 * shape   a line is on the disk when `note` returns: nothing is done with an answer before that
 */
export const openJournal = (file: string): Journal => {
  const descriptor = openSync(file, "a");
  return {
    note: (line) => {
      writeSync(descriptor, `${JSON.stringify(line)}\n`);
      fdatasyncSync(descriptor);
    },
    close: () => closeSync(descriptor),
  };
};

/** The lines of a journal, and how many could not be read: there should be none. */
export type ReadJournal = { readonly lines: readonly JournalLine[]; readonly damaged: number };

export const readJournal = (file: string): ReadJournal => {
  if (!existsSync(file)) return { lines: [], damaged: 0 };
  const lines: JournalLine[] = [];
  let damaged = 0;
  for (const text of readFileSync(file, "utf8").split("\n")) {
    if (text === "") continue;
    const line = parse(text);
    if (line) lines.push(line);
    else damaged += 1;
  }
  return { lines, damaged };
};

const KINDS: ReadonlySet<unknown> = new Set(["asked", "answered", "handled", "failed"]);

const parse = (text: string): JournalLine | undefined => {
  try {
    const line = JSON.parse(text) as JournalLine;
    return KINDS.has(line.kind) ? line : undefined;
  } catch {
    return undefined;
  }
};
