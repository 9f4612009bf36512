import type { Arguments, Options } from "./arguments.ts";
import type { Links } from "./links.ts";

/** One operation that a script asks for. */
export type Operation = {
  readonly kind: "read" | "list" | "query" | "create" | "upsert" | "replace" | "delete";
  readonly byRid?: boolean;
  readonly key?: string;
  readonly etag?: string;
  readonly pageSize?: number;
  readonly continuation?: string;
};

export type Asked = {
  readonly operation: Operation;
  /** Document or query as JSON; empty if the operation needs none. */
  readonly text: string;
  readonly callback: ((...results: unknown[]) => void) | undefined;
};

type Tools = {
  readonly selfLink: string;
  readonly altLink: string;
  readonly links: Links;
  readonly args: Arguments;
  readonly failure: (number: number, message: string) => Error;
  /** Takes an operation into the queue; false: not accepted. */
  readonly ask: (asked: Asked) => boolean;
};

/**
 * Makes the collection object of a script.
 *
 * shape   each operation answers at once whether it is accepted; its callback runs later
 * errors  wrong arguments throw at once; a failed operation goes to the callback
 * source  Azure/azure-cosmosdb-js-server, utils/DocDbWrapperScript.js
 */
export const makeCollection = (tools: Tools): object => {
  const { selfLink, altLink, links, args, failure, ask } = tools;
  type Prepared = Omit<Asked, "callback">;
  const method =
    (name: string, least: number, prepare: (given: unknown[], options: Options) => Prepared) =>
    (...given: unknown[]): boolean => {
      const { options, callback } = args.read(given, name, least);
      return ask({ ...prepare(given, options), callback });
    };
  const page = ({ pageSize, continuation }: Options) => ({
    pageSize: Number(pageSize) >= 1 ? Math.min(Math.floor(Number(pageSize)), 10000) : 100,
    continuation: String(continuation || ""),
  });
  const write = (kind: "create" | "upsert") => (given: unknown[], options: Options) => {
    links.collection(given[0]);
    const operation = { kind, etag: kind === "upsert" ? String(options.etag || "") : "" };
    return { operation, text: args.documentText(given[1], options) };
  };

  return {
    getSelfLink: () => selfLink,
    getAltLink: () => altLink,
    readDocument: method("readDocument", 1, ([link], { ifNoneMatch }) => {
      const etag = String(ifNoneMatch || "");
      return { operation: { kind: "read", ...links.document(link), etag }, text: "" };
    }),
    readDocuments: method("readDocuments", 1, ([link], options) => {
      links.collection(link);
      return { operation: { kind: "list", ...page(options) }, text: "" };
    }),
    queryDocuments: method("queryDocuments", 2, ([link, query], options) => {
      links.collection(link);
      if (typeof query !== "string" && typeof query !== "object") {
        throw failure(
          400,
          `The "filterQuery" parameter must be of type "string" or "object". Actual type is: "${typeof query}".`,
        );
      }
      const text = JSON.stringify(typeof query === "string" ? { query } : query);
      return { operation: { kind: "query", ...page(options) }, text };
    }),
    createDocument: method("createDocument", 2, write("create")),
    upsertDocument: method("upsertDocument", 2, write("upsert")),
    replaceDocument: method("replaceDocument", 2, ([link, document], { etag }) => {
      const text = typeof document === "object" ? JSON.stringify(document) : String(document);
      const address = links.document(link);
      return { operation: { kind: "replace", ...address, etag: String(etag || "") }, text };
    }),
    deleteDocument: method("deleteDocument", 1, ([link], { etag }) => {
      const address = links.document(link);
      return { operation: { kind: "delete", ...address, etag: String(etag || "") }, text: "" };
    }),
  };
};
