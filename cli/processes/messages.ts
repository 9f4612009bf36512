import type { CosmosServerOptions } from "../../local/cosmos/server.ts";

/** What a child process is started with. */
export type ServerConfig = Pick<CosmosServerOptions, "port" | "directory">;
export type FunctionsConfig = {
  readonly port: number;
  readonly appDirectory: string;
  readonly instanceName?: string;
  readonly settings: Readonly<Record<string, string>>;
};

/** What a child process tells once it is ready. */
export type ServerFacts = {
  readonly endpoint: string;
  readonly key: string;
  readonly connectionString: string;
};
export type FunctionsFacts = { readonly url: string; readonly functions: readonly string[] };

/** From the parent to a child. */
export type ToChild =
  | { readonly kind: "start"; readonly config: unknown }
  | { readonly kind: "stop" };

/** From a child to its parent. */
export type FromChild =
  | { readonly kind: "ready"; readonly facts: unknown }
  | { readonly kind: "failed"; readonly message: string };
