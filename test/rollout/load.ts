import type { Container } from "@azure/cosmos";
import { createSubmitter } from "../../client/submit.ts";

/** What was accepted and what was not, while the load ran. */
export type LoadResult = {
  /** Titles in the order in which they were accepted, by project. */
  readonly accepted: ReadonlyMap<number, readonly string[]>;
  /** Answers that no later attempt can better. There must be none. */
  readonly refused: readonly string[];
  /** HTTP attempts that nobody answered, or with a 5xx, and that were made again. */
  readonly repeated: number;
};

/** So many that each of the four physical partitions has some: every lease then has work. */
const PROJECTS = 16;
const PAUSE_MS = 60;

/**
 * Submits for several projects until it is stopped, one request after the other in each: half of the
 * projects with `submit()`, half over HTTP.
 *
 * In Azure an app has one address, and whoever calls it while its only instance is replaced gets an
 * error or no answer. Here each host has its own, and the caller goes round them. Either way it sends
 * the same id until somebody answers 202, and the id makes sure that this is one request.
 */
export const startLoad = (items: Container, addresses: () => readonly string[]) => {
  const submitter = createSubmitter(items);
  const accepted = new Map<number, string[]>();
  const refused: string[] = [];
  let repeated = 0;
  let isStopping = false;

  const overHttp = async (projectId: number, body: { id: string; title: string }) => {
    for (let attempt = 0; ; attempt += 1) {
      const urls = addresses();
      const url = `${urls[attempt % urls.length]}/api/projects/${projectId}/requests`;
      const status = await post(url, body);
      if (status === 202) return true;
      if (status !== undefined && status < 500) {
        refused.push(`${body.id} ${status}`);
        return false;
      }
      repeated += 1;
      await pause();
    }
  };
  const withSubmit = async (projectId: number, body: { id: string; title: string }) => {
    const { kind } = await submitter.submit({ projectId, ...body });
    const isAccepted = kind === "accepted" || kind === "already-accepted";
    if (!isAccepted) refused.push(`${body.id} ${kind}`);
    return isAccepted;
  };

  const send = async (projectId: number): Promise<void> => {
    const titles: string[] = [];
    accepted.set(projectId, titles);
    const submit = projectId % 2 === 0 ? overHttp : withSubmit;
    for (let n = 1; !isStopping; n += 1) {
      const title = `title ${n}`;
      if (await submit(projectId, { id: `r${n}`, title })) titles.push(title);
      await pause();
    }
  };
  const sending = Promise.all(Array.from({ length: PROJECTS }, (_, n) => send(n + 1)));
  return {
    count: () => [...accepted.values()].reduce((sum, titles) => sum + titles.length, 0),
    stop: async (): Promise<LoadResult> => {
      isStopping = true;
      await sending;
      return { accepted, refused, repeated };
    },
  };
};

const post = async (url: string, body: object): Promise<number | undefined> => {
  try {
    const response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
    await response.arrayBuffer();
    return response.status;
  } catch {
    // Nobody is there, or died before it answered.
    return undefined;
  }
};

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
