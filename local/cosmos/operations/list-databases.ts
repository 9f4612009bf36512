import type { Operation } from "../http/exchange.ts";
import { feedResponse } from "./resource-response.ts";

export const listDatabases: Operation = ({ account }) => {
  const databases = [...account.store.catalogue.databases.values()];
  return feedResponse(
    "",
    "Databases",
    databases.map(({ resource }) => resource),
  );
};
