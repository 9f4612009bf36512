import { type AuditReport, audit } from "../audit/audit.ts";
import { describeViolation } from "../audit/violation.ts";
import { openWorkFile } from "../audit/work-file.ts";
import type { Command, Given } from "../command.ts";
import { type ConnectedAccount, withAccount } from "../connect-to-account.ts";
import type { Output } from "../output.ts";
import { EXIT } from "../user-error.ts";

/** Violations that are said to a person; a program gets them all. */
const MAX_SAID = 1000;

/** `verify`: the auditor. Read-only, against whatever COSMOS names. */
export const verify: Command = {
  summary: "Prove that no request was lost, numbered twice or left a hole",
  options: {
    complete: { help: "Pending requests are violations too: everything must have ended" },
    "created-once": {
      help: "Senders only create requests, never replace them: their order can be proved",
    },
    "requests-may-expire": { help: "Done requests may be deleted or expire" },
    resume: {
      value: "FILE",
      help: "Keep the work in FILE, and go on with it if it was interrupted",
    },
  },
  examples: [
    "npm run verify",
    "npm run verify -- --complete --resume ./verify.work",
    "COSMOS='AccountEndpoint=…;AccountKey=…;' npm run verify -- --json",
  ],
  run: async (given, output) => {
    const startedAtMs = performance.now();
    const report = await withAccount((account) => auditAccount(account, given, output));
    const seconds = (performance.now() - startedAtMs) / 1000;
    sayReport(report, output);
    const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
    output.emit({ event: "verified", ...report, seconds, peakMemoryBytes });
    return report.violationCount === 0 ? EXIT.ok : EXIT.failure;
  },
};

const auditAccount = async (
  { items, settings }: ConnectedAccount,
  given: Given,
  output: Output,
): Promise<AuditReport> => {
  const rules = {
    complete: given.isSet("complete"),
    createdOnce: given.isSet("created-once"),
    requestsMayExpire: given.isSet("requests-may-expire"),
  };
  const { resource } = await items.read();
  const file = given.text("resume");
  const { endpoint } = settings.account;
  const { database, container } = settings;
  const containerRid = resource?._rid ?? "";
  const savedWork =
    file === undefined
      ? undefined
      : await openWorkFile(file, { endpoint, database, container, containerRid, rules });
  if (savedWork?.work) output.note(`goes on with the work in ${file}`);
  const report = await audit(items, {
    ...rules,
    ...(savedWork && { savedWork }),
    onProgress: ({ documents, fraction, look }) => {
      const again = look === 1 ? "" : ", second look";
      const label = `documents read: ${documents}${again}, percent`;
      output.progress({ label, done: Math.floor(fraction * 100), total: 100 });
    },
  });
  await savedWork?.remove();
  const isUnexpected = report.violations.some(({ kind }) => kind === "todo-without-request");
  if (isUnexpected && resource?.defaultTtl !== undefined) {
    output.note("The container lets items expire; if done requests do: --requests-may-expire");
  }
  return report;
};

/** Says what the auditor found: a line for each violation, and one that sums up. */
export const sayReport = (report: AuditReport, output: Output): void => {
  const { violations, violationCount, requests, todos, projects, pending, rejected } = report;
  const said = violations.slice(0, MAX_SAID);
  for (const violation of said) output.say(describeViolation(violation));
  const unsaid = violationCount - said.length;
  if (unsaid > 0) output.say(`… and ${unsaid} more violations; --json lists more`);
  const rejectedCount = Object.values(rejected).reduce((sum, count) => sum + count, 0);
  output.say(
    `${requests} requests (${todos} todos, ${rejectedCount} rejected, ${pending} pending) in ${projects} projects: ${
      violationCount === 0 ? "all invariants hold" : `${violationCount} violations`
    }`,
  );
  const { expired, unproven, unprovenOrder } = report;
  if (expired > 0) output.say(`${expired} requests of todos are gone`);
  if (unproven > 0) {
    output.say(`${unproven} documents were written again later: I5 cannot be shown for them`);
  }
  if (unprovenOrder > 0) {
    output.say(
      `${unprovenOrder} requests come behind younger ones: I4 holds if their senders replaced them while they were pending`,
    );
  }
};
