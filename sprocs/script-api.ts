/** What an operation of a script reports when it failed: an HTTP status and a text. */
export type OperationError = {
  readonly number: number;
  readonly body?: string;
  readonly message?: string;
};

export type StoredDocument = {
  readonly id: string;
  readonly _rid: string;
  readonly _self: string;
  readonly _etag: string;
  readonly _ts: number;
  readonly [field: string]: unknown;
};

export type Query = {
  readonly query: string;
  readonly parameters: readonly { readonly name: string; readonly value: unknown }[];
};

type OnDocument = (error: OperationError | undefined, document: StoredDocument) => void;
type OnPage = (
  error: OperationError | undefined,
  page: readonly StoredDocument[],
  info: { readonly continuation?: string },
) => void;

/**
 * The part of Cosmos DB's server-side API that the drain uses. Each operation says at once whether
 * Cosmos DB accepts it; if so, the callback runs after the calling function has returned.
 *
 * source  https://learn.microsoft.com/azure/cosmos-db/nosql/how-to-write-stored-procedures-triggers-udfs
 */
export type Collection = {
  getSelfLink(): string;
  getAltLink(): string;
  readDocument(link: string, onDocument: OnDocument): boolean;
  queryDocuments(
    link: string,
    query: Query,
    options: { readonly pageSize: number; readonly continuation?: string },
    onPage: OnPage,
  ): boolean;
  createDocument(link: string, document: object, onDocument: OnDocument): boolean;
  replaceDocument(
    link: string,
    document: object,
    options: { readonly etag: string },
    onDocument: OnDocument,
  ): boolean;
};

export type ScriptContext = {
  getCollection(): Collection;
  getResponse(): { setBody(body: object): void };
};
