import { describe, expect, test } from "vitest";
import { systemWorld } from "../../client/world.ts";
import { projectOf } from "../../functions/project.ts";
import { createProjectBackoff } from "../../functions/project-backoff.ts";
import { createProjectDrains } from "../../functions/project-drains.ts";
import { report } from "../../functions/report.ts";
import { createSweep } from "../../functions/sweep.ts";
import { METRICS } from "../../functions/telemetry/metrics.ts";
import { at, environments, ofType, readSnapshot } from "../infra/snapshot.ts";

/** Every line that the functions log, as they log it. */
const loggedLines = async (): Promise<readonly string[]> => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const log = { log: write, warn: write, error: write };
  const project = projectOf(7);
  report(log, [
    { kind: "drained", project, more: false, done: 2, rejected: 1 },
    { kind: "failed", project, concerns: "project", message: "m", done: 0, rejected: 0 },
  ]);
  await createSweep({
    findLate: async () => [{ project, oldestTs: Math.floor(Date.now() / 1000) - 60 }],
    drains: createProjectDrains(async () => {
      return { kind: "drained", project, more: false, done: 0, rejected: 0 };
    }),
    backoff: createProjectBackoff(systemWorld),
    world: systemWorld,
  })(log);
  return lines;
};

/** A query takes lines by their start and reads what stands behind the texts of its `parse`. */
type Reading = { readonly start: string; readonly texts: readonly string[] };

const readingsOf = (query: string): readonly Reading[] =>
  [...query.matchAll(/Message startswith "([^"]+)"([^;]*)/g)].map(([, start = "", rest = ""]) => {
    const parse = /\| parse Message with ([^|]*)/.exec(rest)?.[1] ?? "";
    return { start, texts: [...parse.matchAll(/"([^"]*)"/g)].map(([, text = ""]) => text) };
  });

/** All texts stand in the line, one after the other. */
const isRead = (line: string, { start, texts }: Reading): boolean => {
  let from = 0;
  return (
    line.startsWith(start) &&
    texts.every((text) => {
      const found = line.indexOf(text, from);
      from = found + text.length;
      return found >= 0;
    })
  );
};

describe.each(environments)("the queries of %s", (environment) => {
  const snapshot = readSnapshot(environment);
  const alerts = ofType(snapshot, "Microsoft.Insights/scheduledQueryRules").map((rule) =>
    String(at(rule, "properties.criteria.allOf.0.query")),
  );
  const workbooks = ofType(snapshot, "Microsoft.Insights/workbooks").flatMap((workbook) => {
    const { items } = JSON.parse(String(workbook.properties.serializedData));
    return items.map(({ content }: { content: { query?: string } }) => content.query ?? "");
  });
  const queries: readonly string[] = [...alerts, ...workbooks];

  test("read nothing but lines that the functions log", async () => {
    const lines = await loggedLines();
    const readings = queries.flatMap(readingsOf);
    expect(readings.length).toBeGreaterThanOrEqual(6);
    const unread = readings.filter((reading) => !lines.some((line) => isRead(line, reading)));
    expect(unread).toEqual([]);
  });

  test("ask for no metric that the app does not emit", () => {
    const emitted: readonly string[] = Object.values(METRICS).map(({ name }) => name);
    const asked = queries
      .filter((query) => query.includes("AppMetrics"))
      .flatMap((query) => [...query.matchAll(/Name == "([^"]+)"/g)].map(([, name = ""]) => name));
    expect(asked.filter((name) => !emitted.includes(name))).toEqual([]);
  });
});

test("metrics have lower-case dotted names and a unit, each its own", () => {
  const metrics = Object.values(METRICS);
  for (const { name, unit } of metrics) {
    expect(name).toMatch(/^[a-z]+(\.[a-z_]+)+$/);
    expect(unit).toMatch(/^(s|\{[a-z_]+\})$/);
  }
  expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
});
