import { statusOf } from "../failure.ts";
import { explainMissingPermission } from "../missing-permission.ts";
import { SubmitError } from "../submission.ts";
import type { Pending } from "./lanes.ts";

/** Says that Cosmos DB could not be reached, or was too busy, for as long as a request is tried. */
export const gaveUp = (
  { request, effect }: Pending,
  giveUpAfterMs: number,
  cause: unknown,
): SubmitError => {
  const arrived =
    effect === "none" ? "Cosmos DB has not got it" : "Cosmos DB may have got it all the same";
  return new SubmitError(
    `Gave up on request "${request.id}" of project ${request.projectId} ` +
      `after ${giveUpAfterMs / 1000} s (${messageOf(cause)}): ${arrived}. ` +
      "Submit it again with the same id.",
    request,
    { effect, cause },
  );
};

/** Says why trying a request again cannot help, and which setting to look at. */
export const refused = ({ request, effect }: Pending, cause: unknown): SubmitError => {
  const { code, substatus } = statusOf(cause);
  const advice =
    explainMissingPermission(cause) ?? ADVICE[`${code}/${substatus}`] ?? ADVICE[String(code)];
  return new SubmitError(
    `Cosmos DB refused request "${request.id}" of project ${request.projectId}: ` +
      `${advice ?? messageOf(cause)}`,
    request,
    { effect, cause },
  );
};

const ADVICE: Readonly<Record<string, string>> = {
  "401": "it does not accept the key (401); correct the AccountKey in COSMOS.",
  "403": "this identity or key may not write (403); check its role and the account's firewall.",
  "403/1014":
    "its logical partition is full, 20 GB (403/1014); remove or expire old items of the project.",
  "404": "there is no such container (404); check COSMOS_DATABASE and COSMOS_CONTAINER.",
  "413": "the item is too large (413); shorten the title.",
};

const messageOf = (cause: unknown): string => {
  const first = (cause instanceof Error ? cause.message : String(cause)).split("\n")[0] ?? "";
  return first.trim() || "no message";
};
