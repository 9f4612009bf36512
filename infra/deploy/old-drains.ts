import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import type { AzureCli } from "./azure-cli.ts";

/** Each version of the drain stays for the apps that call it; a container takes 100. */
const MANY_DRAINS = 80;

type Place = { readonly group: string; readonly account: string; readonly newest: string };

/**
 * Says what to do when there are so many old drains that soon no new one fits; undefined before.
 *
 * source  learn.microsoft.com/azure/cosmos-db/concepts-limits: 100 stored procedures a container
 */
export const adviceOnOldDrains = (
  az: AzureCli,
  { group, account, newest }: Place,
): string | undefined => {
  const where = ["--resource-group", group, "--account-name", account];
  const container = [...where, "--database-name", "todos", "--container-name", "items"];
  const query = ["--query", "[].name", "--output", "json"];
  const names = Names.decode(
    az("cosmosdb", "sql", "stored-procedure", "list", ...container, ...query),
  );
  if (E.isLeft(names)) return undefined;
  const old = names.right.filter((name) => name.startsWith("drain-") && name !== newest);
  if (old.length < MANY_DRAINS) return undefined;
  return [
    `There are ${old.length} old drains, and a container takes 100 stored procedures. When no app of`,
    "an earlier deployment runs any more, delete those that you will not go back to, one by one:",
    `  az cosmosdb sql stored-procedure delete ${container.join(" ")} --name ${old[0]}`,
  ].join("\n");
};

const Names = t.readonlyArray(t.string);
