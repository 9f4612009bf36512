import type { Log } from "./log-line.ts";
import type { AppSettings } from "./resolve-setting.ts";
import type { InvocationEnd } from "./retry-policy.ts";
import type { CosmosTrigger } from "./trigger.ts";

export type CosmosTriggerOptions = {
  readonly trigger: CosmosTrigger;
  readonly functionName: string;
  /** Invokes the function with a batch, as often as its retry policy says. */
  readonly run: (json: string) => Promise<InvocationEnd>;
  readonly settings: AppSettings;
  readonly log: Log;
  readonly stopping: AbortSignal;
};

export const startCosmosTrigger =
  async (_options: CosmosTriggerOptions): Promise<() => Promise<void>> =>
  async () => {};
