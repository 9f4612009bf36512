import { connect, itemsContainer } from "../../client/connect.ts";
import { statusOf } from "../../client/failure.ts";
import { readSettings } from "../../client/settings.ts";
import { type Submission, SubmitError, type SubmitRequest } from "../../client/submission.ts";
import { createSubmitter } from "../../client/submit.ts";
import type { Answer } from "./journal.ts";
import type { Ask } from "./next-ask.ts";

/** One way by which requests reach Cosmos DB. */
export type WayToAsk = {
  readonly ask: (ask: Ask) => Promise<Told>;
  readonly close: () => Promise<void>;
};

type Told = { readonly answer: Answer; readonly detail?: string };

const REQUEST_TIMEOUT_MS = 5_000;
const HTTP_TIMEOUT_MS = 30_000;
const GIVE_UP_AFTER_MS = 8_000;

/** Plain creates of the SDK; whatever goes wrong is not tried again. */
export const rawCreates = (connectionString: string): WayToAsk => {
  const settings = readSettings({ COSMOS: connectionString });
  const retryOptions = {
    maxRetryAttemptCount: 0,
    fixedRetryIntervalInMilliseconds: 0,
    maxWaitTimeInSeconds: 0,
  };
  const client = connect(settings, {
    connectionPolicy: { requestTimeout: REQUEST_TIMEOUT_MS, retryOptions },
  });
  const { items } = itemsContainer(client, settings);
  return {
    ask: async (ask) => {
      try {
        const { statusCode } = await items.create({ type: "request", ...ask });
        return { answer: statusCode === 201 ? "created" : "unknown", detail: String(statusCode) };
      } catch (error) {
        const { code } = statusOf(error);
        if (code === 409) return { answer: "taken" };
        const answer = REFUSED.has(code) ? "refused" : "unknown";
        return { answer, detail: `${code} ${(error as Error).message.slice(0, 200)}` };
      }
    },
    close: async () => client.dispose(),
  };
};

const REFUSED: ReadonlySet<unknown> = new Set([400, 401, 403, 404, 405, 413]);

/** `submit()` of the client, with its retries, until it gives up. */
export const clientSubmits = (connectionString: string): WayToAsk => {
  const settings = readSettings({ COSMOS: connectionString });
  const client = connect(settings, { connectionPolicy: { requestTimeout: REQUEST_TIMEOUT_MS } });
  const submitter = createSubmitter(itemsContainer(client, settings), {
    giveUpAfterMs: GIVE_UP_AFTER_MS,
  });
  return {
    ask: async (ask) => {
      try {
        const { kind } = await submitter.submit(ask as SubmitRequest);
        return { answer: ANSWERS[kind] };
      } catch (error) {
        const isDenied = error instanceof SubmitError && error.effect === "none";
        return { answer: isDenied ? "denied" : "unknown", detail: (error as Error).message };
      }
    },
    close: async () => {
      await submitter.close();
      client.dispose();
    },
  };
};

const ANSWERS = {
  accepted: "kept",
  "already-accepted": "kept",
  conflicting: "taken",
  invalid: "refused",
} as const satisfies { readonly [Kind in Submission["kind"]]: Answer };

/** The HTTP API of the function app. */
export const httpPosts = (url: string): WayToAsk => ({
  ask: async ({ projectId, title, id }) => {
    try {
      const response = await fetch(`${url}/api/projects/${projectId}/requests`, {
        method: "POST",
        body: JSON.stringify({ title, id }),
        signal: AbortSignal.timeout(HTTP_TIMEOUT_MS),
      });
      const detail = `${response.status} ${(await response.text()).slice(0, 200)}`;
      return { answer: HTTP_ANSWERS.get(response.status) ?? "unknown", detail };
    } catch (error) {
      return { answer: "unknown", detail: (error as Error).message };
    }
  },
  close: async () => undefined,
});

const HTTP_ANSWERS: ReadonlyMap<number, Answer> = new Map([
  [202, "kept"],
  [400, "refused"],
  [401, "refused"],
  [404, "refused"],
  [409, "taken"],
  [413, "refused"],
]);
