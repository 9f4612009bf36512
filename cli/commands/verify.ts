import { type AuditReport, audit } from "../audit/audit.ts";
import { describeViolation } from "../audit/violation.ts";
import type { Command } from "../command.ts";
import { withAccount } from "../connect-to-account.ts";
import type { Output } from "../output.ts";
import { EXIT } from "../user-error.ts";

/** `verify`: the auditor. Read-only, against whatever COSMOS names. */
export const verify: Command = {
  summary: "Prove that no request was lost, numbered twice or left a hole",
  options: {
    complete: { help: "Pending requests are violations too: everything must have ended" },
  },
  examples: ["npm run verify", "COSMOS='AccountEndpoint=…;AccountKey=…;' npm run verify -- --json"],
  run: async (given, output) => {
    const report = await withAccount(({ items }) =>
      audit(items, {
        complete: given.isSet("complete"),
        onProgress: (done) => output.progress({ label: "documents read", done, total: 0 }),
      }),
    );
    sayReport(report, output);
    output.emit({ event: "verified", ...report });
    return report.violationCount === 0 ? EXIT.ok : EXIT.failure;
  },
};

/** Says what the auditor found: a line for each violation, and one that sums up. */
export const sayReport = (report: AuditReport, output: Output): void => {
  const { violations, violationCount, requests, todos, projects, pending, rejected } = report;
  for (const violation of violations) output.say(describeViolation(violation));
  const unlisted = violationCount - violations.length;
  if (unlisted > 0) output.say(`… and ${unlisted} more violations`);
  const rejectedCount = Object.values(rejected).reduce((sum, count) => sum + count, 0);
  output.say(
    `${requests} requests (${todos} todos, ${rejectedCount} rejected, ${pending} pending) in ${projects} projects: ${
      violationCount === 0 ? "all invariants hold" : `${violationCount} violations`
    }`,
  );
  if (report.unproven > 0) {
    output.say(
      `${report.unproven} documents were written again later: I5 cannot be shown for them`,
    );
  }
};
