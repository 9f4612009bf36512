import type { IncomingHttpHeaders } from "node:http";
import { badRequest, notImplemented } from "../cosmos-error.ts";

/** Refuses what changes the meaning of a request and would otherwise be ignored in silence. */
export const refuseUnsupportedHeaders = (headers: IncomingHttpHeaders): void => {
  if (headers["x-ms-documentdb-pre-trigger-include"]) throw notImplemented("pre-triggers");
  if (headers["x-ms-documentdb-post-trigger-include"]) throw notImplemented("post-triggers");
  const consistency = headers["x-ms-consistency-level"];
  if (consistency === "Strong" || consistency === "BoundedStaleness") {
    throw badRequest(
      `ConsistencyLevel ${consistency} specified in the request is invalid when service is ` +
        "configured with consistency level Session.",
    );
  }
};
