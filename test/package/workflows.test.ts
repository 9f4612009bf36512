import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { BICEP, environments } from "../infra/snapshot.ts";

const ROOT = join(import.meta.dirname, "../..");
const FOLDER = join(ROOT, ".github/workflows");

type Step = {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
};
type Job = {
  readonly uses?: string;
  readonly if?: string;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
  readonly concurrency?: Readonly<Record<string, unknown>>;
  readonly "timeout-minutes"?: number;
};
type Workflow = {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
};

/** What GitHub replaces by a value. */
const expression = (text: string): string => `$\{{ ${text} }}`;

const read = (file: string): Workflow => parse(readFileSync(join(FOLDER, file), "utf8"));
const files = readdirSync(FOLDER);
const scripts = Object.keys(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).scripts);

test("there are workflows to check, to ask what would change, and to deploy", () => {
  expect(files.sort()).toEqual(["check.yml", "deploy.yml", "what-if.yml"]);
});

describe.each(files)("%s", (file) => {
  const { jobs, permissions } = read(file);
  const steps = Object.values(jobs).flatMap((job) => job.steps ?? []);

  test("may only read, and speaks for an identity only where it logs in to Azure", () => {
    expect(permissions).toEqual({ contents: "read" });
    for (const job of Object.values(jobs)) {
      const logsIn = job.steps?.some(({ uses }) => uses?.startsWith("azure/login@")) ?? false;
      const wanted = { contents: "read", "id-token": "write" };
      expect(job.permissions).toEqual(logsIn ? wanted : undefined);
      // An environment is what Azure trusts, and where somebody approves.
      expect(job.environment !== undefined).toBe(logsIn);
    }
  });

  test("has no secret at all: Azure's ids are variables", () => {
    expect(JSON.stringify(jobs)).not.toMatch(/secrets\.|password|client-secret|creds/i);
    for (const step of steps.filter(({ uses }) => uses?.startsWith("azure/login@"))) {
      expect(step.with).toEqual({
        "client-id": expression("vars.AZURE_CLIENT_ID"),
        "tenant-id": expression("vars.AZURE_TENANT_ID"),
        "subscription-id": expression("vars.AZURE_SUBSCRIPTION_ID"),
      });
    }
  });

  test("pins each action, and takes them from GitHub and Azure only", () => {
    for (const { uses } of steps.filter((step) => step.uses)) {
      expect(uses).toMatch(/^(?:actions|azure)\/[\w-]+@(?:v\d+|[0-9a-f]{40})$/);
    }
    for (const { uses } of Object.values(jobs).filter((job) => job.uses)) {
      expect(existsSync(join(ROOT, uses ?? ""))).toBe(true);
    }
  });

  test("runs npm scripts and files that exist, and puts no text of others into a shell", () => {
    for (const { run = "" } of steps) {
      expect(run).not.toMatch(/\$\{\{/);
      const named = [...run.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name);
      expect(named.filter((name) => !scripts.includes(name ?? ""))).toEqual([]);
      for (const [path = ""] of run.matchAll(/^\.[\w/.-]+/g)) {
        expect(existsSync(join(ROOT, path))).toBe(true);
      }
    }
  });

  test("leaves no token in the checkout, and ends some time", () => {
    for (const step of steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"))) {
      expect(step.with).toMatchObject({ "persist-credentials": false });
    }
    for (const job of Object.values(jobs).filter(({ uses }) => uses === undefined)) {
      expect(job["timeout-minutes"]).toBeLessThanOrEqual(90);
    }
  });
});

describe("deploying", () => {
  const { on, jobs } = read("deploy.yml");
  const deployment = jobs.deploy;

  test("comes after all checks, to an environment that may want an approval", () => {
    expect(deployment).toMatchObject({
      needs: "check",
      environment: expression("inputs.environment || vars.DEPLOY_ENVIRONMENT"),
      concurrency: { "cancel-in-progress": false },
    });
    expect(jobs.check?.uses).toBe("./.github/workflows/check.yml");
  });

  test("offers the parameter files that there are", () => {
    const { inputs } = on.workflow_dispatch as { inputs: { environment: { options: string[] } } };
    expect(inputs.environment.options.toSorted()).toEqual(environments.toSorted());
  });
});

describe("a pull request", () => {
  test("of a fork gets no identity", () => {
    expect(read("what-if.yml").jobs["what-if"]?.if).toContain(
      "github.event.pull_request.head.repo.full_name == github.repository",
    );
  });

  test("changes nothing in Azure", () => {
    const deploys = ["check.yml", "what-if.yml"]
      .flatMap((file) => Object.values(read(file).jobs).flatMap((job) => job.steps ?? []))
      .flatMap(({ run = "" }) => run.split("\n"))
      .filter((line) => /\bdeploy\b|\baz\b/.test(line));
    expect(deploys.length).toBe(1);
    expect(deploys.every((line) => line.includes("--what-if"))).toBe(true);
  });
});

test.each(["deploy.yml", "what-if.yml"])("%s passes on what parameter files read", (file) => {
  const texts = environments.map((name) => readFileSync(join(BICEP, `${name}.bicepparam`), "utf8"));
  const wanted = new Set(
    [...texts.join("\n").matchAll(/readEnvironmentVariable\(\s*'(\w+)'/g)].map(([, name]) => name),
  );
  const passed = Object.values(read(file).jobs)
    .flatMap((job) => job.steps ?? [])
    .flatMap(({ env = {} }) => Object.keys(env));
  expect([...wanted].filter((name) => !passed.includes(name ?? ""))).toEqual([]);
});
