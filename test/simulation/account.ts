import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bundleDrain, type Script } from "../../build.ts";
import { CosmosError } from "../../local/cosmos/cosmos-error.ts";
import { type CosmosResponse, errorResponse } from "../../local/cosmos/http/exchange.ts";
import { parseResourcePath } from "../../local/cosmos/http/resource-path.ts";
import { routes, variantOf } from "../../local/cosmos/http/routes.ts";
import { containerDefinition } from "../../local/cosmos/operations/container-definition.ts";
import type { Container } from "../../local/cosmos/store/physical-partition.ts";
import type { Faults } from "./faults.ts";
import type { Random } from "./random.ts";
import { createScriptEngine } from "./script-engine.ts";
import { type StoreSurroundings, WatchedStore, type WatchedWrite } from "./watched-store.ts";

export type Call = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

/** A Cosmos DB account: the embedded server without its wire. */
export type Account = {
  readonly store: WatchedStore;
  readonly items: Container;
  readonly leases: Container;
  /** Performs a call as the embedded server does; errors are responses too. */
  readonly serve: (call: Call) => Promise<CosmosResponse>;
  readonly close: () => void;
};

export type AccountOptions = {
  readonly faults: Faults;
  readonly random: Random;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly schedule: (flush: () => void) => void;
  readonly partitions: number;
  /** Keeps what is needed to undo transactions. */
  readonly keepsRows: boolean;
  readonly onItemsCommit: (writes: readonly WatchedWrite[]) => void;
};

const policyFile = join(import.meta.dirname, "../../infra/bicep/items-indexing-policy.json");

const ITEMS = containerDefinition({
  id: "items",
  partitionKey: { paths: ["/projectId"], kind: "Hash", version: 2 },
  indexingPolicy: JSON.parse(readFileSync(policyFile, "utf8")),
});

const LEASES = containerDefinition({
  id: "leases",
  partitionKey: { paths: ["/id"], kind: "Hash", version: 2 },
  defaultTtl: -1,
});

const script = await bundleDrain();

/** Two deployed versions of the drain, as a rolling deployment has them side by side. */
export const DRAINS: readonly [Script, Script] = [
  script,
  { name: "drain-00000002", body: script.body.replace("{\n", "{\n/* the next version */\n") },
];

/** Creates an account with the containers and stored procedures as they are deployed. */
export const createAccount = (options: AccountOptions): Account => {
  const { faults, random, now, partitions } = options;
  const surroundings: StoreSurroundings = {
    now,
    schedule: options.schedule,
    keepsRows: options.keepsRows,
    onCommit: (container, writes) => {
      if (container === items) options.onItemsCommit(writes);
    },
  };
  const { store, items, leases } = takeStore(surroundings, partitions);
  const scripts = createScriptEngine({ store: () => store, faults, random, now });
  const closing = new AbortController().signal;
  const account = { store, scripts, now, closing };
  const serve = async ({ method, path, headers, body }: Call): Promise<CosmosResponse> => {
    const { segments, template } = parseResourcePath(path);
    const route = routes.get(`${method} ${template}${variantOf(method, headers)}`);
    if (!route) throw new Error(`The embedded server has no ${method} ${template}`);
    const text = body === undefined ? "" : JSON.stringify(body);
    try {
      return await route.operation({ method, segments, headers, body: Buffer.from(text), account });
    } catch (error) {
      if (error instanceof CosmosError) return errorResponse(error);
      throw error;
    }
  };
  const close = (): void => giveStoreBack({ store, items, leases }, partitions);
  return { store, items, leases, serve, close };
};

type Filled = Pick<Account, "store" | "items" | "leases">;

/** Stores of past worlds, by number of partitions: to make one costs as much as half a world. */
const idle = new Map<number, Filled>();

const takeStore = (surroundings: StoreSurroundings, partitions: number): Filled => {
  const known = idle.get(partitions);
  if (known) {
    idle.delete(partitions);
    known.store.reset(surroundings, [known.items, known.leases]);
    return known;
  }
  const store = new WatchedStore(surroundings);
  const database = store.catalogue.createDatabase("todos");
  const items = store.catalogue.createContainer(database, ITEMS, partitions);
  const leases = store.catalogue.createContainer(database, LEASES, 1);
  for (const { name, body } of DRAINS) store.catalogue.putStoredProcedure(items, name, body);
  return { store, items, leases };
};

const giveStoreBack = (filled: Filled, partitions: number): void => {
  const isAsMade = filled.items.partitions.every(({ parents }) => parents.length === 0);
  if (!isAsMade || idle.has(partitions)) filled.store.close();
  else idle.set(partitions, filled);
};
