import { createHash } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import * as t from "io-ts";
import { EXIT, UserError } from "../user-error.ts";
import type { AuditWork, SavedWork } from "./audit.ts";
import type { AuditRules } from "./findings.ts";

/** What an audit is about: work on one must not be gone on with on another. */
export type AuditSubject = {
  readonly endpoint: string;
  readonly database: string;
  readonly container: string;
  /** `_rid`: a container that was deleted and made again is another one. */
  readonly containerRid: string;
  readonly rules: AuditRules;
};

/** The work of an audit in a file, which goes when the audit has ended. */
export type WorkFile = SavedWork & { readonly remove: () => Promise<void> };

/** Saved at most this often, and so that saving takes a twentieth of the time at most. */
const SAVE_EVERY_MS = 1000;
const WORK_PER_SAVING = 20;

/**
 * Opens the file that keeps the work of an audit, or prepares to write it if there is none.
 *
 * shape   two lines of JSON: what it is about, and the work. Replaced as a whole, so that a process that
 *         dies while saving leaves the file before
 * errors  UserError that says what to do if the file is damaged, or about something else
 */
export const openWorkFile = async (file: string, subject: AuditSubject): Promise<WorkFile> => {
  const text = await readExisting(file);
  const work = text === undefined ? undefined : decodeWork(file, text, subject);
  let saveAfterMs = 0;
  return {
    work,
    save: async (current) => {
      const startedAtMs = performance.now();
      if (startedAtMs < saveAfterMs) return;
      await replaceFile(file, encodeWork(current, subject));
      const endedAtMs = performance.now();
      const costMs = endedAtMs - startedAtMs;
      saveAfterMs = endedAtMs + Math.max(SAVE_EVERY_MS, WORK_PER_SAVING * costMs);
    },
    remove: () => rm(file, { force: true }),
  };
};

const FORMAT = "effectively-once verify 1";

const Header = t.type({
  format: t.literal(FORMAT),
  subject: t.type({
    endpoint: t.string,
    database: t.string,
    container: t.string,
    containerRid: t.string,
    rules: t.type({ complete: t.boolean, createdOnce: t.boolean, requestsMayExpire: t.boolean }),
  }),
  sha256: t.string,
});

const encodeWork = (work: AuditWork, subject: AuditSubject): string => {
  const body = JSON.stringify(work, (_key, value: unknown) =>
    value instanceof Map ? { [MAP]: [...value] } : value,
  );
  const header = { format: FORMAT, subject, sha256: sha256(body) };
  return `${JSON.stringify(header)}\n${body}\n`;
};

const decodeWork = (file: string, text: string, subject: AuditSubject): AuditWork => {
  const [first = "", body = ""] = text.split("\n");
  const header = parse(first);
  if (!Header.is(header) || header.sha256 !== sha256(body)) {
    throw wrongFile(
      `${file} is damaged, or no work of "verify"; delete it to begin anew, or give --resume another file.`,
    );
  }
  const { rules, containerRid, ...begun } = header.subject;
  const asked = subject;
  if (
    begun.endpoint !== asked.endpoint ||
    begun.database !== asked.database ||
    begun.container !== asked.container
  ) {
    throw wrongFile(
      `${file} is about ${describe(begun)}, not about ${describe(asked)}; give --resume another file, or set COSMOS, COSMOS_DATABASE and COSMOS_CONTAINER to what it is about.`,
    );
  }
  if (containerRid !== asked.containerRid) {
    throw wrongFile(
      `${file} is about a container ${asked.container} that was deleted since; delete the file to begin anew.`,
    );
  }
  if (JSON.stringify(rules) !== JSON.stringify(asked.rules)) {
    throw wrongFile(
      `${file} was begun with other options; give the same ones, or delete the file to begin anew.`,
    );
  }
  return JSON.parse(body, (_key, value: unknown) =>
    isEncodedMap(value) ? new Map(value[MAP]) : value,
  ) as AuditWork;
};

const MAP = "#map";

const isEncodedMap = (value: unknown): value is { [MAP]: [unknown, unknown][] } =>
  typeof value === "object" && value !== null && Object.hasOwn(value, MAP);

const describe = (subject: Omit<AuditSubject, "rules" | "containerRid">): string =>
  `${subject.database}/${subject.container} at ${subject.endpoint}`;

const wrongFile = (message: string): UserError => new UserError(message, EXIT.usage);

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const readExisting = async (file: string): Promise<string | undefined> => {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw wrongFile(`${file} cannot be read (${code}); give --resume another file.`);
  }
};

const replaceFile = async (file: string, text: string): Promise<void> => {
  const next = `${file}.${process.pid}.new`;
  try {
    const handle = await open(next, "w");
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(next, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(`${file} cannot be written (${code}); give --resume another file.`);
  }
};
