import { join } from "node:path";
import { type Delivery, deliveryFrom } from "./delivered-changes.ts";
import { dotnetCommand } from "./dotnet-program.ts";
import { DATABASE, type EmbeddedAccount, ITEMS, LEASES } from "./embedded-account.ts";
import { type LineProgram, startProgram } from "./line-program.ts";
import type { ProcessorSettings } from "./typescript-processor.ts";

export type ProcessorOptions = {
  readonly account: EmbeddedAccount;
  /** Also the owner in its lease documents. */
  readonly name: string;
  readonly prefix: string;
  readonly maxItems: number;
  /** How long it takes to handle a batch before it is told. */
  readonly workMs?: number;
  readonly onDelivery: (delivery: Delivery) => void;
  /** Only for .NET: where it posts its batches, and after how long it repeats a refused one. */
  readonly doorbell?: { readonly address: string; readonly repeatMs?: number };
};

/** Short enough for a test, long enough that a busy machine does not lose leases by being slow. */
const TIMINGS = { pollMs: 200, acquireMs: 1_000, expiryMs: 6_000, renewMs: 1_500 };

/** Starts the processor of the .NET SDK in a process of its own. */
export const startDotnetProcessor = (options: ProcessorOptions): LineProgram =>
  startProcessor(
    options,
    dotnetCommand("processor", {
      "--database": DATABASE,
      "--container": ITEMS,
      "--leases": LEASES,
      "--prefix": options.prefix,
      "--instance": options.name,
      "--max-items": options.maxItems,
      "--work-ms": options.workMs ?? 0,
      "--poll-ms": TIMINGS.pollMs,
      "--acquire-ms": TIMINGS.acquireMs,
      "--expiry-ms": TIMINGS.expiryMs,
      "--renew-ms": TIMINGS.renewMs,
      ...(options.doorbell ? { "--doorbell": options.doorbell.address } : {}),
      ...(options.doorbell?.repeatMs ? { "--repeat-ms": options.doorbell.repeatMs } : {}),
    }),
  );

/** Starts our processor in a process of its own, with the same timings. */
export const startTypescriptProcessor = (options: ProcessorOptions): LineProgram => {
  const { name, prefix, maxItems, workMs = 0 } = options;
  const settings: ProcessorSettings = { name, prefix, maxItems, workMs, ...TIMINGS };
  const program = join(import.meta.dirname, "typescript-processor.ts");
  return startProcessor(options, [
    process.execPath,
    "--disable-warning=ExperimentalWarning",
    program,
    JSON.stringify(settings),
  ]);
};

const startProcessor = (
  { account, name, onDelivery }: ProcessorOptions,
  command: readonly [string, ...string[]],
): LineProgram =>
  startProgram({
    name,
    command,
    environment: {
      COSMOS: account.connectionString,
      COSMOS_DATABASE: DATABASE,
      COSMOS_CONTAINER: ITEMS,
      COSMOS_LEASE_CONTAINER: LEASES,
    },
    onTold: (told) => {
      const delivery = deliveryFrom(name, told);
      if (delivery) onDelivery(delivery);
    },
  });
