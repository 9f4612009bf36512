import type { World } from "../../client/world.ts";
import type { CosmosResponse } from "../../local/cosmos/http/exchange.ts";
import type { Account, Call } from "./account.ts";
import type { Faults } from "./faults.ts";
import type { Random } from "./random.ts";
import { connectionError, responseError } from "./sdk-error.ts";
import type { Owner, VirtualTime } from "./virtual-time.ts";

/** What a machine has between it and Cosmos DB. */
export type Link = {
  /** Calls Cosmos DB; errors as those of the SDK. */
  readonly call: (call: Call) => Promise<Answer>;
  /** Which physical partitions the machine's SDK believes in. */
  ranges: readonly PartitionRange[] | undefined;
};

export type PartitionRange = {
  readonly id: string;
  readonly minInclusive: string;
  readonly maxExclusive: string;
};

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
};

/** What machines share. */
export type Surroundings = {
  readonly time: VirtualTime;
  readonly account: Account;
  readonly faults: Faults;
  /** Draws how long everything takes. */
  readonly delays: Random;
  /** Whoever never dies: Cosmos DB and the harness. */
  readonly nature: Owner;
  /** Milliseconds since 1970 at the beginning of the world's time. */
  readonly epochMs: number;
  readonly onViolation: (error: unknown) => void;
};

/** A call takes no longer than this, then the SDK ends it. */
const CALL_TIMEOUT_MS = 10_000;

/** Connects a machine. */
export const createLink = (surroundings: Surroundings, owner: Owner): Link => {
  const call = (request: Call): Promise<Answer> =>
    new Promise((resolve, reject) => {
      if (owner.isAlive) transmit(surroundings, { request, owner, resolve, reject });
    });
  return { call, ranges: undefined };
};

type Transmission = {
  readonly request: Call;
  readonly owner: Owner;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
};

const transmit = (surroundings: Surroundings, transmission: Transmission): void => {
  const { time, account, faults, delays, nature, onViolation } = surroundings;
  const { request, owner, resolve, reject } = transmission;
  const what = `${request.method} ${request.path.slice(11)}`;
  const hear = (delayMs: number, outcome: Error | CosmosResponse): void => {
    const isError = outcome instanceof Error;
    const label = isError ? `error ${(outcome as { code?: unknown }).code}` : outcome.status;
    const run = (): void => (isError ? reject(outcome) : resolve(receive(outcome)));
    time.after(delayMs, { owner, label: `${label} ${what}`, run });
  };
  const send = (delayMs: number, onResponse: (response: CosmosResponse) => void): void => {
    const run = (): void => void account.serve(request).then(onResponse).catch(onViolation);
    time.after(delayMs, { owner: nature, label: `serves ${owner.name} ${what}`, run });
  };
  const deliver = (response: CosmosResponse): void => {
    const isLate = faults.strikes("answer-late", 0.02);
    const delayMs = isLate ? delays.between(1_000, CALL_TIMEOUT_MS - 1) : delays.skewed(50);
    hear(delayMs, lostAnswer(surroundings) ?? failureOf(response) ?? response);
  };
  const ignore = (): void => undefined;

  const refusal = refusalOf(surroundings, request);
  if (refusal) {
    hear(delays.skewed(200), refusal);
    return;
  }
  const isLost = faults.strikes("request-lost", 0.02);
  const isLate = faults.strikes("request-late", 0.02);
  if (isLost || isLate) hear(CALL_TIMEOUT_MS, connectionError("TimeoutError"));
  // Somewhere on the way it was held up, and arrives when its sender has long given up.
  if (isLate) send(CALL_TIMEOUT_MS + delays.between(0, 15_000), ignore);
  if (isLost || isLate) return;
  const delayMs = (): number => 0.2 + delays.skewed(faults.haveEnded() ? 20 : 400);
  // A proxy or the SDK sent it again: one answer is heard, and nobody knows which.
  const isDoubled = faults.strikes("request-doubled", 0.02);
  const isFirstHeard = !isDoubled || delays.chance(0.5);
  if (isDoubled) send(delayMs(), isFirstHeard ? ignore : deliver);
  send(delayMs(), isFirstHeard ? deliver : ignore);
};

/** What is heard of a call that was done. */
const lostAnswer = ({ faults }: Surroundings): Error | undefined => {
  if (faults.strikes("answer-lost", 0.03)) return connectionError("ECONNRESET");
  if (faults.strikes("timeout-408-after-commit", 0.03)) return responseError(408);
  return undefined;
};

const failureOf = (response: CosmosResponse): Error | undefined =>
  response.status < 400 ? undefined : responseError(response.status, receive(response));

/** What Cosmos DB answers instead of doing anything. */
const refusalOf = ({ faults, delays, time }: Surroundings, { path }: Call): Error | undefined => {
  if (faults.strikes("connection-refused", 0.02)) return connectionError("ECONNREFUSED");
  if (faults.strikes("timeout-408", 0.02)) return responseError(408);
  if (faults.strikes("gone-410", 0.02)) return responseError(410);
  if (faults.strikes("retry-with-449", 0.02)) return responseError(449);
  if (faults.strikes("unavailable-503", 0.02)) return responseError(503);
  // Both come in waves; an outage is long enough for all attempts of a drain to fail.
  const isMissing = faults.isOn("procedure-missing") && time.now() % 12_000 < 5_000;
  if (isMissing && path.includes("/sprocs/") && faults.strikes("procedure-missing", 0.9)) {
    return responseError(404);
  }
  const isOut = faults.isOn("outage") && time.now() % 25_000 > 14_000;
  if (isOut && faults.strikes("outage", 0.98)) return connectionError("ECONNREFUSED");
  const isStorm = faults.isOn("throttling-storm") && time.now() % 10_000 > 7_000;
  if (isStorm && faults.strikes("throttling-storm", 0.8)) return throttled(delays);
  if (faults.strikes("throttled-429", 0.03)) return throttled(delays);
  return undefined;
};

const throttled = (delays: Random): Error => {
  const retryAfterMs = String(delays.between(0, 1_000));
  const headers = { "x-ms-retry-after-ms": retryAfterMs, "x-ms-substatus": "3200" };
  return responseError(429, { status: 429, headers, body: undefined });
};

const receive = ({ status, headers, body }: CosmosResponse): Answer => {
  const received: Record<string, string> = {};
  for (let i = 0; i < headers.length; i += 2) received[headers[i]!] = headers[i + 1]!;
  return { status, headers: received, body: body === undefined ? undefined : JSON.parse(body) };
};

/**
 * Makes the world of one machine.
 *
 * shape   skewMs: how far its clock is ahead of the true time
 */
export const createMachineWorld = (
  { time, epochMs }: Surroundings,
  owner: Owner,
  { random, skewMs }: { readonly random: Random; readonly skewMs: () => number },
): World => ({
  now: () => Math.floor(epochMs + time.now() + skewMs()),
  random: random.next,
  uuid: () => {
    const digits = (count: number): string =>
      Array.from({ length: count }, () => random.between(0, 15).toString(16)).join("");
    return `${digits(8)}-${digits(4)}-4000-8000-${digits(12)}`;
  },
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = (): void => {
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      signal?.addEventListener("abort", wake);
      time.after(milliseconds, { owner, label: "wakes", run: wake });
    }),
});
