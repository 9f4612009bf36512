import type { JsonObject } from "../json.ts";
import type { Container } from "./physical-partition.ts";

export type Database = {
  readonly id: string;
  readonly rid: string;
  readonly resource: JsonObject;
  readonly containers: Map<string, Container>;
};

/** A named script or offer: anything that is a plain JSON resource below an owner. */
export type OwnedResource = { readonly rid: string; readonly resource: JsonObject };
