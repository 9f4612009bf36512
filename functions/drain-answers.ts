import { statusOf } from "../client/failure.ts";
import { explainMissingPermission } from "../client/missing-permission.ts";
import { drainFailureIn } from "../domain/drain-contract.ts";

/**
 * What to do about a call of the drain that failed.
 *
 * shape   reason: what failed, one word of a closed list
 *         attempts: calls in a row that may fail so, 1 if calling again cannot help
 *         isSmaller: call again with a quarter of the limit
 *         concerns: whom it stops; what concerns everybody is thrown to the Functions host, what
 *         concerns one project is left to the sweep
 * source  ARCHITECTURE.md, errors
 */
export type DrainAnswer = {
  readonly reason: string;
  readonly attempts: number;
  readonly isSmaller: boolean;
  readonly concerns: "everybody" | "project";
  readonly advice: string;
  readonly retryAfterMs: number | undefined;
};

/** Says what to do about whatever a call of the drain threw. */
export const answerTo = (error: unknown): DrainAnswer => {
  const { code, substatus, retryAfterMs } = statusOf(error);
  const thrownByDrain = code === 400 ? drainFailureIn(messageOf(error)) : undefined;
  const names = [`drain-${thrownByDrain}`, `${code}/${substatus}`, `${code}`];
  const known = names.find((name) => Object.hasOwn(ANSWERS, name));
  const reason = known ?? (isWithoutToken(error) ? "no-token" : reasonOf(code));
  return { ...(ANSWERS[reason] ?? UNKNOWN), reason, retryAfterMs };
};

const reasonOf = (code: unknown): string => (typeof code === "string" ? "unreachable" : "unknown");

/** The errors of @azure/identity have no code: CredentialUnavailableError, AuthenticationError, … */
const isWithoutToken = (error: unknown): boolean =>
  error instanceof Error && /^(Aggregate)?(Authentication|Credential)\w*Error$/.test(error.name);

/** Describes an error on one line of the log, without the SDK's diagnostics. */
export const describeFailure = (error: unknown): string => {
  const missing = explainMissingPermission(error);
  if (missing !== undefined) return missing;
  const { code, substatus } = statusOf(error);
  const [firstLine = ""] = messageOf(error).split("\n");
  return `${code ?? "error"}${substatus ? `/${substatus}` : ""} ${firstLine.slice(0, MAX_LINE_CHARACTERS)}`;
};

const MAX_LINE_CHARACTERS = 500;

type Answer = Omit<DrainAnswer, "reason" | "retryAfterMs">;

const once = (concerns: Answer["concerns"], advice: string): Answer => ({
  attempts: 1,
  isSmaller: false,
  concerns,
  advice,
});

const again = (concerns: Answer["concerns"], advice: string): Answer => ({
  attempts: concerns === "project" ? 5 : 8,
  isSmaller: false,
  concerns,
  advice,
});

const smaller = (concerns: Answer["concerns"], advice: string): Answer => ({
  ...again(concerns, advice),
  attempts: 8,
  isSmaller: true,
});

const UNKNOWN = once("project", "this failure is not known; look at the log");
const RETRY = "it passes by itself, if it does not, look at the state of the account";

const ANSWERS: Readonly<Record<string, Answer>> = {
  unreachable: again("everybody", "Cosmos DB cannot be reached; look at endpoint and network"),
  "no-token": once("everybody", "the identity gets no token; look at COSMOS__clientId"),
  // Smaller, because the other writer may be an earlier request of the same call, which queries
  // inside a script need not see (learn.microsoft.com, stored-procedures-triggers-udfs).
  "drain-conflict": smaller("project", "another host was faster; the sweep comes again"),
  "drain-refused": smaller("project", "the project needs more throughput than there is"),
  "drain-partition-full": once("project", "the logical partition is full; move or delete items"),
  "drain-failed": again("project", "an operation in the drain failed; look at the message"),
  "drain-bug": once("project", "the project's documents contradict each other; look at them"),
  "400": once("project", "the script failed; look at the message"),
  "400/65535": once("everybody", "the stored procedure does not compile; deploy it again"),
  "401": once("everybody", "the key or identity is refused; set COSMOS or COSMOS__accountEndpoint"),
  "403": once("everybody", "the identity may not execute procedures, or the network is closed"),
  "403/3": again("everybody", "the write region is moving; it passes by itself"),
  "403/1014": once("project", "the logical partition is full; move or delete items"),
  "404": once("everybody", "container or stored procedure is missing; deploy dist/drain.js"),
  "404/1002": again("everybody", RETRY),
  "404/1013": again("everybody", RETRY),
  "408": smaller("project", "the drain takes too long; look at the size of its documents"),
  "409": again("project", "another host was faster; the sweep comes again"),
  "410": again("everybody", RETRY),
  "412": again("project", "another host was faster; the sweep comes again"),
  "413": smaller("project", "the project's documents are too large together"),
  "429": smaller("everybody", "more throughput is asked for than there is; raise it"),
  "449": again("project", "another host was faster; the sweep comes again"),
  "500": again("everybody", RETRY),
  "502": again("everybody", RETRY),
  "503": again("everybody", RETRY),
  "504": again("everybody", RETRY),
};

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
