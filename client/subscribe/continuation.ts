import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { ProjectId } from "../../domain/project-id.ts";

/**
 * How far a subscription got in one feed range, or in the one project.
 *
 * shape   etag: of the last page that was handed out wholly, "" for none; last: pairs of a project
 *         and its newest number that was handed out of the page after it (of the one project:
 *         always)
 */
export const Place = t.strict({
  min: t.string,
  max: t.string,
  etag: t.string,
  last: t.array(t.tuple([ProjectId, t.number])),
});
export type Place = t.TypeOf<typeof Place>;

const Contents = t.strict({
  version: t.literal(1),
  containerRid: t.string,
  projectId: t.union([ProjectId, t.null]),
  places: t.array(Place),
});
export type Contents = t.TypeOf<typeof Contents>;

/** What a continuation must belong to. */
export type Subscription = { readonly containerRid: string; readonly projectId: number | null };

/** Writes a continuation as a text that can be stored anywhere. */
export const encodeContinuation = (contents: Contents): string =>
  Buffer.from(JSON.stringify(contents)).toString("base64url");

/**
 * Reads a continuation.
 *
 * errors  throws if it is not one of this container and project: subscribe without it, or to the
 *         right one
 */
export const decodeContinuation = (text: string, subscription: Subscription): Contents => {
  const contents = Contents.decode(parse(text));
  if (E.isLeft(contents)) {
    throw new Error(
      "The continuation is not one that subscribe() gave; store and pass it unchanged",
    );
  }
  const { containerRid, projectId } = contents.right;
  if (containerRid !== subscription.containerRid) {
    throw new Error(
      "The continuation belongs to another container, or to this one before it was created anew; " +
        "subscribe without it",
    );
  }
  if (projectId !== subscription.projectId) {
    const belongsTo = projectId === null ? "all projects" : `project ${projectId}`;
    throw new Error(
      `The continuation belongs to a subscription of ${belongsTo}; subscribe to that`,
    );
  }
  return contents.right;
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    return undefined;
  }
};
