import { notFound } from "../cosmos-error.ts";
import type { CosmosRequest } from "../http/exchange.ts";
import { headerOf } from "../http/request-headers.ts";
import type { Container, PhysicalPartition } from "../store/physical-partition.ts";

const READ_SESSION_NOT_AVAILABLE = 1002;

/**
 * Refuses a read whose session has seen more than this server has, such as that of another data folder.
 *
 * shape   `<range id>:<version>#<lsn>`, several joined by commas
 * errors  404/1002; the SDKs then forget their session token
 */
export const requireSession = (
  { headers }: CosmosRequest,
  partitions: readonly PhysicalPartition[],
): void => {
  const header = headerOf(headers, "x-ms-session-token");
  if (!header) return;
  for (const token of header.split(",")) {
    const [rangeId, vector = ""] = token.split(":");
    const lsn = Number(vector.split("#")[1] ?? vector);
    const partition = partitions.find(({ id }) => id === rangeId);
    if (partition && lsn > partition.lsn) {
      throw notFound(
        "The read session is not available for the input session token.",
        READ_SESSION_NOT_AVAILABLE,
      );
    }
  }
};

/** Headers that tie a response to its partition; SDKs keep the session by them. */
export const sessionHeaders = (
  container: Container,
  { id }: PhysicalPartition,
  lsn: number,
): string[] => {
  const headers = containerHeaders(container);
  headers.push(
    "x-ms-session-token",
    `${id}:-1#${lsn}`,
    "lsn",
    String(lsn),
    "x-ms-documentdb-partitionkeyrangeid",
    id,
  );
  return headers;
};

/** The same for a response that was read from several partitions. */
export const wideSessionHeaders = (
  container: Container,
  partitions: readonly PhysicalPartition[],
): string[] => {
  const headers = containerHeaders(container);
  const tokens = partitions.map(({ id, lsn }) => `${id}:-1#${lsn}`);
  if (tokens.length > 0) headers.push("x-ms-session-token", tokens.join(","));
  return headers;
};

const containerHeaders = (container: Container): string[] => {
  const path = `dbs/${container.databaseId}/colls/${container.id}`;
  const headers = ["x-ms-content-path", container.rid];
  if (isHeaderText(path)) headers.push("x-ms-alt-content-path", path);
  return headers;
};

/** Headers carry ASCII; without this header SDKs use the path that they sent. */
const isHeaderText = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);
