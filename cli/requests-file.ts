import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { UserError } from "./user-error.ts";

/** One request of a file: its line, counted from 1, and the document that it becomes. */
export type FileRequest = { readonly line: number; readonly document: RequestInFile };

/** A request as somebody wrote it: any of these can be missing or of a wrong type. */
export type RequestInFile = {
  readonly id: unknown;
  readonly projectId?: unknown;
  readonly title?: unknown;
};

/** The longest line, in UTF-16 code units: an item of Cosmos DB has at most 2 MB. */
export const MAX_LINE_LENGTH = 4 * 1024 * 1024;

/**
 * Reads a file of requests, one JSON object a line; empty lines are skipped.
 *
 * shape   a request without an id gets one made of project, line and title, so that the same file again
 *         asks for the same. Other fields than id, projectId and title are left out
 * errors  UserError with the line number for a line that is not a JSON object, or an unreadable file
 */
export const readRequestsFile = async function* (file: string): AsyncGenerator<FileRequest> {
  const input = createReadStream(file, "utf8");
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  let line = 0;
  try {
    for await (const text of lines) {
      line += 1;
      const content = line === 1 ? text.replace(/^\uFEFF/, "") : text;
      if (content.trim() === "") continue;
      yield { line, document: parseLine(content, { file, line }) };
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file} cannot be read (${reasonOf(error)}); name a file that can.`);
  } finally {
    input.destroy();
  }
};

/**
 * Reads the whole file once, before anything is submitted.
 *
 * shape   the number of requests, so that one bad line stops all of them and none is half submitted
 */
export const checkRequestsFile = async (file: string): Promise<{ readonly requests: number }> => {
  let requests = 0;
  for await (const _ of readRequestsFile(file)) requests += 1;
  return { requests };
};

type Place = { readonly file: string; readonly line: number };

const parseLine = (text: string, { file, line }: Place): RequestInFile => {
  const where = `Line ${line} of ${file}`;
  if (text.length > MAX_LINE_LENGTH) {
    throw new UserError(
      `${where} has more than ${MAX_LINE_LENGTH} characters; nothing was submitted, shorten it.`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError(`${where} is not JSON; nothing was submitted, correct that line.`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UserError(
      `${where} is not a JSON object; nothing was submitted, write {"projectId": 42, "title": "…"}.`,
    );
  }
  const { id, projectId, title } = value as Record<string, unknown>;
  return {
    id: id ?? deriveId(projectId, line, title),
    ...(projectId === undefined ? {} : { projectId }),
    ...(title === undefined ? {} : { title }),
  };
};

const deriveId = (projectId: unknown, line: number, title: unknown): string => {
  const text = JSON.stringify([projectId ?? null, line, title ?? null]);
  return `line-${line}-${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
};

const reasonOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "it does not exist";
  if (code === "EISDIR") return "it is a folder";
  if (code === "EACCES") return "you may not read it";
  return message;
};
