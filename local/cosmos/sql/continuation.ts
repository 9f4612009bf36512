import { createHash } from "node:crypto";
import { badRequest } from "../cosmos-error.ts";
import type { JsonValue } from "../json.ts";
import type { Value } from "./ast.ts";
import type { CollectedRow } from "./collector.ts";

/** Where the next page of a query begins. */
export type Resume =
  /** After a document: `consumed` rows of the one behind `afterRid` are already out. */
  | {
      readonly kind: "document";
      readonly source: number;
      readonly afterRid: number;
      readonly consumed: number;
      /** 1: the index of this source holds too much, so that the scan goes on. */
      readonly scans: number;
      readonly seen: number;
    }
  /** After a row in the order of ORDER BY. */
  | { readonly kind: "row"; readonly row: RowMark; readonly seen: number }
  /** After so many rows of a result that is computed again. */
  | { readonly kind: "count"; readonly seen: number };

export type RowMark = Pick<CollectedRow, "keys" | "place">;

/** Sort keys beyond this would not fit into a header; such a query computes its pages again. */
const MAX_KEY_CHARACTERS = 1_000;

export const rowResume = ({ keys, place }: RowMark, seen: number): Resume =>
  JSON.stringify(keys).length > MAX_KEY_CHARACTERS
    ? { kind: "count", seen }
    : { kind: "row", row: { keys, place }, seen };

/** Names a query and its parameters, so that a token of another query is noticed. */
export const queryCheck = (text: string, parameters: readonly Value[]): string =>
  createHash("sha256")
    .update(JSON.stringify([text, parameters.map((value) => (value === undefined ? [] : [value]))]))
    .digest("base64url")
    .slice(0, 12);

/** Writes a continuation token: ASCII, opaque to clients. */
export const writeContinuation = (resume: Resume, check: string): string =>
  Buffer.from(JSON.stringify([check, ...encode(resume)])).toString("base64url");

/**
 * Reads a continuation token back.
 *
 * errors  400 when the token is not one of this query
 */
export const readContinuation = (token: string, check: string): Resume => {
  const resume = token.length > MAX_TOKEN_CHARACTERS ? undefined : decode(token, check);
  if (!resume) throw badRequest("Invalid Continuation Token");
  return resume;
};

const MAX_TOKEN_CHARACTERS = 16_384;

const encode = (resume: Resume): JsonValue[] => {
  switch (resume.kind) {
    case "document":
      return [
        "document",
        resume.source,
        resume.afterRid,
        resume.consumed,
        resume.scans,
        resume.seen,
      ];
    case "count":
      return ["count", resume.seen];
    case "row": {
      const { keys, place } = resume.row;
      const wrapped = keys.map((key) => (key === undefined ? [] : [key]));
      return ["row", wrapped, place.source, place.rid, place.ordinal, resume.seen];
    }
  }
};

const decode = (token: string, check: string): Resume | undefined => {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(token, "base64url").toString());
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts) || parts[0] !== check) return undefined;
  const [, kind, ...rest] = parts as [string, string, ...JsonValue[]];
  if (kind === "row") {
    const [keys, ...place] = rest;
    return Array.isArray(keys) && keys.every(Array.isArray) ? rowOf(keys, place) : undefined;
  }
  if (!areCounts(rest)) return undefined;
  if (kind === "count") return { kind, seen: rest[0] ?? 0 };
  const [source = 0, afterRid = -1, consumed = 0, scans = 0, seen = 0] = rest;
  return kind === "document" ? { kind, source, afterRid, consumed, scans, seen } : undefined;
};

const rowOf = (keys: readonly JsonValue[][], numbers: JsonValue[]): Resume | undefined => {
  if (!areCounts(numbers)) return undefined;
  const [source = 0, rid = 0, ordinal = 0, seen = 0] = numbers;
  return {
    kind: "row",
    row: { keys: keys.map(([key]) => key), place: { source, rid, ordinal } },
    seen,
  };
};

const areCounts = (values: readonly JsonValue[]): values is number[] =>
  values.every((value) => typeof value === "number" && Number.isSafeInteger(value));
