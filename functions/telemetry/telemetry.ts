import { context, metrics, type Span, SpanKind } from "@opentelemetry/api";
import type { World } from "../../client/world.ts";
import { DrainResult } from "../../domain/drain-contract.ts";
import { isPendingRequest } from "../../domain/request-document.ts";
import type { WatchDrain } from "../drain-project.ts";
import type { LateProject } from "../late-projects.ts";
import { inSpan } from "./in-span.ts";
import { createInstruments, TELEMETRY_SCOPE } from "./metrics.ts";
import { contextOf, linksTo } from "./trace-parent.ts";

/** Requests of one batch that its span names and links to; the others are found by their project. */
const MAX_REQUESTS_NAMED = 32;

/** What the app tells about itself, in the words of the pipeline; nothing here can fail it. */
export type Telemetry = {
  /**
   * Processes a batch of changes in a span, which links to the submissions of its requests.
   *
   * shape   traceParent: that of the invocation, so that its log lines are found with the span
   */
  readonly processing: (batch: Batch, work: () => Promise<void>) => Promise<void>;
  /** Works as a part of what an HTTP caller began, so that what is submitted links to it. */
  readonly partOf: <A>(traceParent: unknown, work: () => A) => A;
  readonly watchDrain: WatchDrain;
  readonly retried: (reason: string) => void;
  readonly swept: (late: readonly LateProject[]) => void;
  /** Tells who owns the leases: one owner for each, null for nobody. */
  readonly leased: (owners: readonly unknown[]) => void;
};

export type Batch = { readonly changes: readonly unknown[]; readonly traceParent: unknown };

/** What the spans and numbers are about, in the attributes of the semantic conventions. */
export type Place = { readonly container: string; readonly drainName: string };

/** Makes the telemetry of a process; without a provider of OpenTelemetry it costs next to nothing. */
export const createTelemetry = ({ container, drainName }: Place, world: World): Telemetry => {
  let made: Instruments | undefined;
  // Made at the first use: before a provider is set they would be deaf for ever.
  const instruments = () => {
    made ??= createInstruments(metrics.getMeter(TELEMETRY_SCOPE));
    return made;
  };
  const operation = {
    "db.system.name": "azure.cosmosdb",
    "db.collection.name": container,
    "db.operation.name": "execute_procedure",
  };
  const feed = {
    "messaging.system": "cosmosdb_change_feed",
    "messaging.destination.name": container,
    "messaging.operation.name": "process",
  };

  const count = (span: Span, resource: unknown): void => {
    if (!DrainResult.is(resource)) return;
    const { done, rejected } = resource;
    span.setAttributes({ "todos.requests.done": done, "todos.requests.rejected": rejected });
    const { ended, endedPerDrain } = instruments();
    if (done > 0) ended.add(done, DONE);
    if (rejected > 0) ended.add(rejected, REJECTED);
    endedPerDrain.record(done + rejected);
  };

  return {
    processing: async ({ changes, traceParent }, work) => {
      const { delivered, feedLag } = instruments();
      delivered.add(changes.length, feed);
      const pending = changes.filter(isPendingRequest) as readonly PendingChange[];
      if (pending.length === 0) return work();
      const seconds = pending.flatMap(({ _ts }) => (typeof _ts === "number" ? [_ts] : []));
      const oldest = seconds.reduce((least, each) => Math.min(least, each), world.now() / 1000);
      feedLag.record(world.now() / 1000 - oldest);
      const named = pending.slice(0, MAX_REQUESTS_NAMED);
      await inSpan(
        `process ${container}`,
        {
          kind: SpanKind.CONSUMER,
          links: linksTo(named.map(({ traceparent }) => traceparent)),
          attributes: {
            ...feed,
            "messaging.batch.message_count": changes.length,
            "todos.request.ids": named.map(({ id }) => id),
          },
          parent: contextOf(traceParent),
        },
        work,
      );
    },
    partOf: (traceParent, work) => context.with(contextOf(traceParent), work),
    watchDrain: (project, call) =>
      inSpan(
        `execute_procedure ${container}`,
        {
          kind: SpanKind.CLIENT,
          attributes: {
            ...operation,
            "db.stored_procedure.name": drainName,
            "todos.project": project.key,
          },
        },
        async (span) => {
          const startedAtMs = world.now();
          const answer = await call();
          const { drainDuration, requestCharge } = instruments();
          drainDuration.record((world.now() - startedAtMs) / 1000, operation);
          requestCharge.record(answer.requestCharge, operation);
          span.setAttribute("azure.cosmosdb.operation.request_charge", answer.requestCharge);
          count(span, answer.resource);
          return answer;
        },
      ),
    retried: (reason) => instruments().retries.add(1, { "error.type": reason }),
    swept: ([oldest, ...others]) => {
      const { oldestPendingAge, lateProjects } = instruments();
      oldestPendingAge.record(oldest ? world.now() / 1000 - oldest.oldestTs : 0);
      lateProjects.record(oldest ? 1 + others.length : 0);
    },
    leased: (owners) => recordLeases(instruments(), owners),
  };
};

type Instruments = ReturnType<typeof createInstruments>;

const recordLeases = (told: Instruments, owners: readonly unknown[]): void => {
  const owned = owners.filter((owner) => typeof owner === "string");
  const byOwner = new Map<string, number>();
  for (const owner of owned) byOwner.set(owner, (byOwner.get(owner) ?? 0) + 1);
  told.leases.record(owned.length, { "todos.lease.state": "owned" });
  told.leases.record(owners.length - owned.length, { "todos.lease.state": "free" });
  told.owners.record(byOwner.size);
  told.mostOwned.record(Math.max(0, ...byOwner.values()));
};

const DONE = { "todos.request.status": "done" };
const REJECTED = { "todos.request.status": "rejected" };

type PendingChange = {
  readonly id: string;
  readonly _ts?: unknown;
  readonly traceparent?: unknown;
};
