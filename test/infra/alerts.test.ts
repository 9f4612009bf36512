import { describe, expect, test } from "vitest";
import { report } from "../../functions/report.ts";
import { at, environments, ofType, readSnapshot, theOne } from "./snapshot.ts";

describe.each(environments)("%s", (environment) => {
  const snapshot = readSnapshot(environment);
  const logRules = ofType(snapshot, "Microsoft.Insights/scheduledQueryRules");
  const metricRules = ofType(snapshot, "Microsoft.Insights/metricAlerts");
  const apps = ofType(snapshot, "Microsoft.Web/sites");

  const query = (name: string): string => {
    const rule = theOne(snapshot, "Microsoft.Insights/scheduledQueryRules", name);
    return String(at(rule, "properties.criteria.allOf.0.query"));
  };

  test("everything that can go wrong calls somebody", () => {
    const isRegional = theOne(snapshot, "Microsoft.DocumentDB/databaseAccounts").properties
      .enableAutomaticFailover;
    const names = [...metricRules, ...logRules].map(({ name }) => name.replace("alert-todos-", ""));
    expect(names).toEqual([
      "throttled",
      "account-unavailable",
      ...(isRegional ? ["region-failover", "region-offline"] : []),
      "oldest-pending",
      "project-not-drained",
      "many-rejected",
      "lease-errors",
      ...apps.map(({ name }) => `sweep-silent-${name}`),
    ]);
  });

  test("each alert is on, looks at the right place, and calls the people on call", () => {
    const group = theOne(snapshot, "Microsoft.Insights/actionGroups");
    const account = theOne(snapshot, "Microsoft.DocumentDB/databaseAccounts");
    expect(at(group, "properties.emailReceivers.0.emailAddress")).toBe("on-call@example.com");
    expect(at(group, "properties.enabled")).toBe(true);
    for (const { properties } of metricRules) {
      expect(properties).toMatchObject({ enabled: true, scopes: [account.id] });
      expect(at(properties, "actions.0.actionGroupId")).toContain(".actionGroupId.");
    }
    for (const { properties } of logRules) {
      expect(properties.enabled).toBe(true);
      expect(at(properties, "scopes.0")).toContain(".workspaceId.");
      expect(at(properties, "actions.actionGroups.0")).toContain(".actionGroupId.");
    }
  });

  test("throttling counts the answers 429", () => {
    const { properties } = theOne(snapshot, "Microsoft.Insights/metricAlerts", "-throttled");
    expect(at(properties, "criteria.allOf.0")).toMatchObject({
      metricName: "TotalRequests",
      timeAggregation: "Count",
      dimensions: [{ name: "StatusCode", operator: "Include", values: ["429"] }],
    });
  });

  test("a sweep that is silent for 15 minutes calls, for each app", () => {
    for (const { name } of apps) {
      expect(query(`sweep-silent-${name}`)).toContain(`AppRoleName =~ "${name}"`);
      const rule = theOne(
        snapshot,
        "Microsoft.Insights/scheduledQueryRules",
        `sweep-silent-${name}`,
      ).properties;
      expect(rule.windowSize).toBe("PT15M");
      expect(at(rule, "criteria.allOf.0")).toMatchObject({ operator: "LessThan", threshold: 1 });
    }
  });

  test("the queries understand the lines that the functions log", () => {
    const lines = loggedLines();
    expect(startsOf(query("many-rejected"))).toEqual(["drained projects="]);
    expect(lines[0]).toMatch(/^drained projects=.* done=2 rejected=1 /);
    expect(startsOf(query("project-not-drained"))).toEqual(["not drained project="]);
    expect(lines[1]).toMatch(/^not drained project=.* concerns=.* reason=/);
    expect(startsOf(query("oldest-pending"))).toEqual(["late projects="]);
  });

  test("the workbook shows lag, throughput, RU per todo and rejections", () => {
    const workbook = theOne(snapshot, "Microsoft.Insights/workbooks");
    const { items } = JSON.parse(String(workbook.properties.serializedData));
    const names = items.map(({ name }: { readonly name: string }) => name);
    expect(names).toEqual([
      "time range",
      "lag",
      "throughput",
      "RU per todo",
      "rejections",
      "stuck projects",
    ]);
  });
});

const startsOf = (query: string): readonly string[] =>
  [...query.matchAll(/startswith "([^"]+)"/g)].map(([, start]) => String(start));

const loggedLines = (): readonly string[] => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const project = { key: "7", partitionKey: 7 };
  report({ log: write, warn: write, error: write }, [
    { kind: "drained", project, more: false, done: 2, rejected: 1 },
    { kind: "failed", project, concerns: "project", message: "m", done: 0, rejected: 0 },
  ]);
  return lines;
};
