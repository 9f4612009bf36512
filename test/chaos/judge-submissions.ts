import * as E from "fp-ts/lib/Either.js";
import { decodeRequest } from "../../domain/request-document.ts";
import { type FinalState, keyOf, type RequestInTheEnd } from "./final-state.ts";
import type { Report } from "./finding.ts";
import type { Answer, Asked, ReadJournal } from "./journal.ts";

/** All that was asked for under one id, in all journals. */
type Asks = { readonly asked: Asked; readonly answer: Answer }[];

/**
 * Compares what the submitters were told with what became of it: every acknowledged request has its
 * todo or its rejection, and nothing is there that nobody asked for.
 *
 * shape   an attempt without a noted answer counts as unknown
 */
export const judgeSubmissions = (
  journals: ReadonlyMap<string, ReadJournal>,
  state: FinalState,
  report: Report,
): void => {
  const asks = asksByRequest(journals);
  for (const [key, attempts] of asks) judgeRequest(key, attempts, { state, report });
  for (const [key, request] of state.requests) {
    if (!asks.has(key)) report({ kind: "nobody-asked", who: key, message: "a request" });
    judgeEnd(key, request, { state, report });
  }
};

/** Brings the lines of all journals together, request by request. */
const asksByRequest = (journals: ReadonlyMap<string, ReadJournal>): ReadonlyMap<string, Asks> => {
  const found = new Map<string, Asks>();
  for (const { lines } of journals.values()) {
    const answers = new Map<string, Answer>();
    for (const line of lines) if (line.kind === "answered") answers.set(line.ask, line.answer);
    for (const line of lines) {
      if (line.kind !== "asked") continue;
      const key = keyOf(line.projectId, line.id);
      const asks = found.get(key) ?? [];
      asks.push({ asked: line, answer: answers.get(line.ask) ?? "unknown" });
      found.set(key, asks);
    }
  }
  return found;
};

type Judging = { readonly state: FinalState; readonly report: Report };

const ACKNOWLEDGED: ReadonlySet<Answer> = new Set(["created", "kept", "taken"]);

const judgeRequest = (who: string, asks: Asks, { state, report }: Judging): void => {
  const request = state.requests.get(who);
  const acknowledged = asks.find(({ answer }) => ACKNOWLEDGED.has(answer));
  if (acknowledged && !request) {
    report({ kind: "lost", who, message: `it was answered with "${acknowledged.answer}"` });
  }
  if (asks.filter(({ answer }) => answer === "created").length > 1) {
    report({ kind: "created-twice", who, message: "two answers are 201" });
  }
  for (const { asked, answer } of asks) {
    if (answer === "refused" && isGood(asked)) {
      report({ kind: "refused-though-good", who, message: `attempt ${asked.ask}` });
    }
    const isKept = answer === "created" || answer === "kept";
    if (request && isKept && !Object.is(request.title, asked.title)) {
      report({ kind: "other-title", who, message: `attempt ${asked.ask} had another title` });
    }
  }
  if (request && !asks.some(({ asked }) => Object.is(request.title, asked.title))) {
    report({ kind: "other-title", who, message: "nobody asked for its title" });
  }
  if (request && asks.every(({ answer }) => answer === "denied")) {
    report({ kind: "denied-but-there", who, message: `${asks.length} attempts` });
  }
};

const isGood = ({ id, projectId, title }: Asked): boolean =>
  E.isRight(decodeRequest({ id, type: "request", projectId, title } as RequestInTheEnd));

const judgeEnd = (who: string, request: RequestInTheEnd, { state, report }: Judging): void => {
  const { status, todoId, reason, projectId, id } = request;
  const decoded = decodeRequest(request);
  if (status !== "done" && status !== "rejected") {
    report({ kind: "never-ended", who, message: `its status is ${status}` });
  } else if (E.isLeft(decoded)) {
    if (status === "rejected" && reason === decoded.left) return;
    const message = `it ended as ${status} ${reason ?? ""} instead of rejected ${decoded.left}`;
    report({ kind: "wrong-end", who, message });
  } else {
    const todo = state.todos.get(Number(projectId))?.get(Number(todoId));
    if (status === "done" && todo?.requestId === id && todo.title === request.title) return;
    const message = `it ended as ${status} ${reason ?? todoId} and has no such todo`;
    report({ kind: "wrong-end", who, message });
  }
};
