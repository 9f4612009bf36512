type Failure = (number: number, message: string) => Error;

/** A document by its number (`byRid`) or by its id. */
export type DocumentAddress = { readonly byRid: boolean; readonly key: string };

export type Links = {
  collection(link: unknown): void;
  document(link: unknown): DocumentAddress;
};

/**
 * Checks the links that a script passes: they must lie in its own container.
 *
 * errors  400 for a link of another shape or another container
 */
export const makeLinks = (options: {
  /** `dbs/{rid}/colls/{rid}/` */
  readonly selfLink: string;
  /** `dbs/{id}/colls/{id}` */
  readonly altLink: string;
  readonly failure: Failure;
}): Links => {
  const { selfLink, altLink, failure } = options;
  const outside = (link: string): Error =>
    failure(
      400,
      `Function is not allowed to operate on resources outside current collection. Make sure that the link provided, "${link}", belongs to current collection.`,
    );
  const isCollection = (segments: readonly string[]): boolean =>
    segments[0]?.toLowerCase() === "dbs" && segments[2]?.toLowerCase() === "colls";

  return {
    collection(link) {
      const segments = typeof link === "string" ? link.split("/") : [];
      const isShaped = segments.length === 4 || (segments.length === 5 && segments[4] === "");
      if (typeof link !== "string" || !isShaped || !isCollection(segments)) {
        throw failure(400, `Invalid collection link: "${String(link)}".`);
      }
      if (link !== selfLink && link !== altLink) throw outside(link);
    },
    document(link) {
      const segments = typeof link === "string" ? link.split("/") : [];
      const isShaped = segments.length === 6 || (segments.length === 7 && segments[6] === "");
      const isDocument = isCollection(segments) && segments[4]?.toLowerCase() === "docs";
      const key = segments[5];
      if (typeof link !== "string" || !isShaped || !isDocument || !key) {
        throw failure(400, `Invalid document link: "${String(link)}".`);
      }
      if (link.startsWith(selfLink)) return { byRid: true, key };
      if (link.startsWith(`${altLink}/`)) return { byRid: false, key };
      throw outside(link);
    },
  };
};
