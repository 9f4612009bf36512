import { badRequest } from "../cosmos-error.ts";

/** The resource that a request addresses. */
export type ResourcePath = {
  /** `["dbs", "todos", "colls", "items", "docs", "a?b"]`, each decoded once. */
  readonly segments: readonly string[];
  /** The path with every id replaced: `/dbs/{}/colls/{}/docs/{}`. */
  readonly template: string;
};

/**
 * Splits a raw request target into resource types and ids.
 *
 * The protocol has no query strings, and clients leave `?` in ids unescaped: it belongs to the id.
 * The Python SDK appends a slash, which means nothing.
 *
 * errors  400 for a percent escape that is no UTF-8
 * source  @azure/cosmos 4.9.3, recorded requests; azure-sdk-for-python `_base.GetPathFromLink`
 */
export const parseResourcePath = (target: string): ResourcePath => {
  const segments: string[] = [];
  let template = "";
  for (const raw of target.split("/")) {
    if (raw === "") continue;
    const isId = segments.length % 2 === 1;
    const segment = raw.includes("%") ? decode(raw) : raw;
    segments.push(segment);
    template += isId ? "/{}" : `/${segment}`;
  }
  return { segments, template: template === "" ? "/" : template };
};

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(`The path segment "${segment}" is not valid percent-encoded UTF-8.`);
  }
};
