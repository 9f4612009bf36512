import { runInNewContext } from "node:vm";
import type { DrainOptions } from "../../domain/drain-contract.ts";
import type { OperationError, StoredDocument } from "../../sprocs/script-api.ts";

/**
 * One logical partition in memory, just enough of Cosmos DB to refuse or fail any single operation
 * of the bundled drain. What Cosmos DB does with good scripts is tested against the server.
 */
export type MemoryPartition = {
  readonly documents: Map<string, StoredDocument>;
  insert(document: object, seconds?: number): StoredDocument;
  /** Runs the script; throws what it throws, with everything rolled back. */
  run(options: DrainOptions, faults?: Faults): unknown;
};

export type Faults = {
  /** Operations accepted before all further ones are refused. */
  readonly refuseAfter?: number;
  readonly fail?: (operation: string, document: StoredDocument) => number | undefined;
};

export const createMemoryPartition = (script: string): MemoryPartition => {
  let documents = new Map<string, StoredDocument>();
  let version = 0;
  const drain = runInNewContext(`(${script})`, { getContext: () => context });
  let context: unknown;

  const store = (body: object, kept: { _rid: string; _ts: number }): StoredDocument => {
    version += 1;
    const system = { ...kept, _self: `self/docs/${kept._rid}/`, _etag: `"${version}"` };
    const stored = structuredClone({ ...body, ...system }) as StoredDocument;
    documents.set(stored.id, stored);
    return stored;
  };

  return {
    get documents() {
      return documents;
    },
    insert: (document, seconds = 1) => store(document, { _rid: ridOf(version + 1), _ts: seconds }),
    run: (options, faults = {}) => {
      const before = new Map(documents);
      let answer: unknown = "";
      const queue: (() => void)[] = [];
      let accepted = 0;
      const operation = (work: () => void): boolean => {
        accepted += 1;
        if (accepted > (faults.refuseAfter ?? Number.POSITIVE_INFINITY)) return false;
        queue.push(work);
        return true;
      };
      const failing = (name: string, document: StoredDocument): OperationError | undefined => {
        const number = faults.fail?.(name, document);
        return number === undefined ? undefined : { number, body: "injected" };
      };
      const copy = (document: StoredDocument): StoredDocument => structuredClone(document);
      const collection = {
        getSelfLink: () => "self/",
        getAltLink: () => "alt",
        readDocument: (link: string, callback: (...results: unknown[]) => void) =>
          operation(() => {
            const found = documents.get(link.slice("alt/docs/".length));
            if (found) callback(undefined, copy(found), {});
            else callback({ number: 404, body: "Not found" });
          }),
        queryDocuments: (
          _link: string,
          spec: { query: string; parameters: { name: string; value: unknown }[] },
          { pageSize, continuation }: { pageSize: number; continuation?: string },
          callback: (...results: unknown[]) => void,
        ) =>
          operation(() => {
            const found = select(spec, [...documents.values()]);
            const from = Number(continuation ?? 0);
            const page = found.slice(from, from + pageSize).map(copy);
            const rest = from + pageSize < found.length ? String(from + pageSize) : undefined;
            callback(undefined, page, { continuation: rest });
          }),
        createDocument: (
          _link: string,
          body: StoredDocument,
          callback: (...results: unknown[]) => void,
        ) =>
          operation(() => {
            const error = failing("create", body);
            if (error) return callback(error);
            if (documents.has(body.id)) return callback({ number: 409, body: "exists" });
            callback(undefined, copy(store(body, { _rid: ridOf(version + 1), _ts: 99 })), {});
          }),
        replaceDocument: (
          link: string,
          body: StoredDocument,
          { etag }: { etag: string },
          callback: (...results: unknown[]) => void,
        ) =>
          operation(() => {
            const error = failing("replace", body);
            if (error) return callback(error);
            const found = [...documents.values()].find(({ _self }) => _self === link);
            if (found?._etag !== etag) return callback({ number: 412, body: "etag" });
            callback(undefined, copy(store(body, { _rid: found._rid, _ts: 99 })), {});
          }),
      };
      context = {
        getCollection: () => collection,
        getResponse: () => ({
          setBody: (body: unknown) => {
            answer = structuredClone(body);
          },
        }),
      };
      try {
        drain(structuredClone(options));
        for (let work = queue.shift(); work; work = queue.shift()) work();
      } catch (error) {
        documents = before;
        throw error;
      }
      return answer;
    },
  };
};

/** Answers the few queries that the drain asks. */
const select = (
  { query, parameters }: { query: string; parameters: { name: string; value: unknown }[] },
  documents: readonly StoredDocument[],
): StoredDocument[] => {
  const value = parameters[0]?.value;
  if (query.includes("c.id IN")) {
    return documents.filter(({ id }) => parameters.some(({ value: one }) => one === id));
  }
  if (query.includes('c.type = "counter"')) return documents.filter((d) => d.type === "counter");
  const pending = documents
    .filter((d) => d.type === "request" && (d.status === undefined || d.status === "pending"))
    .sort((a, b) => a._ts - b._ts || (a._rid < b._rid ? -1 : 1));
  return query.includes("TOP @n") ? pending.slice(0, Number(value)) : pending;
};

/** Makes a document's `_rid`: base64 of the container's 8 bytes and the insertion number's 8. */
export const ridOf = (insertion: number): string => {
  const bytes = Buffer.alloc(16, 0x11);
  bytes.writeBigUInt64LE(BigInt(insertion), 8);
  return bytes.toString("base64").replaceAll("/", "-");
};
