import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { deploy, groupRegion } from "../../infra/deploy/deploy.ts";
import { BICEP, environments, ofType, readSnapshot } from "../infra/snapshot.ts";
import { type Answer, type FakeAz, fakeAz } from "./fake-az.ts";

const ACCOUNT: Answer = { to: "account show", prints: { name: "Ours", id: "0000-1111" } };
const CREATED: Answer = {
  to: "deployment sub create",
  prints: {
    resourceGroupName: { type: "String", value: "rg-todos-prod-region" },
    cosmosEndpoint: { type: "String", value: "https://cosmos-todos-x.documents.azure.com:443/" },
    functionApps: { type: "Array", value: [{ name: "func-se" }, { name: "func-de" }] },
  },
};
const UPLOADED: Answer = { to: "functionapp deployment source config-zip", prints: { id: "x" } };
const LISTED: Answer = {
  to: "functionapp function list",
  prints: ["func/processRequests", "func/sweep", "func/submitRequest"],
};
const drains = (count: number): Answer => ({
  to: "cosmosdb sql stored-procedure list",
  prints: Array.from({ length: count }, (_, n) => `drain-${String(n).padStart(8, "0")}`),
});
const ALL = [ACCOUNT, CREATED, UPLOADED, LISTED, drains(3)];

const fakes: FakeAz[] = [];
afterEach(() => {
  for (const fake of fakes.splice(0)) fake.remove();
});

const azAnswering = (...answers: readonly Answer[]): FakeAz => {
  const fake = fakeAz(answers);
  fakes.push(fake);
  return fake;
};

/** Deploys in this process; waiting takes no time. */
const deployWith = async (fake: FakeAz, words: readonly string[], env = {}) => {
  const lines: string[] = [];
  const waits: number[] = [];
  const sleep = async (milliseconds: number): Promise<void> => void waits.push(milliseconds);
  const outside = {
    show: (line: string) => void lines.push(line),
    env: { ...fake.env, ...env },
    world: { sleep },
  };
  const ended = await deploy(words, outside).catch((error: Error) => error.message);
  return { ended, lines, waits, commands: fake.calls().map(({ words }) => words.join(" ")) };
};

describe("npm run deploy", () => {
  test("brings the stored procedure first, then the package to each region, and looks", () => {
    const fake = azAnswering(...ALL);
    const script = join(import.meta.dirname, "../../infra/deploy/deploy.ts");
    const parameters = [script, "--environment", "prod-region"];
    const { status, stdout, stderr } = spawnSync(process.execPath, parameters, {
      env: fake.env,
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const commands = fake.calls().map(({ words }) => words.join(" "));
    const upload = (app: string) =>
      `functionapp deployment source config-zip --resource-group rg-todos-prod-region --name ${app} --src dist/app.zip`;
    const look = (app: string) =>
      `functionapp function list --resource-group rg-todos-prod-region --name ${app} --query [].name --output json`;
    expect(commands).toEqual([
      "account show --output json",
      "deployment sub create --name todos-prod-region-northeurope --location northeurope --parameters infra/bicep/prod-region.bicepparam --query properties.outputs --output json",
      upload("func-se"),
      look("func-se"),
      upload("func-de"),
      look("func-de"),
      "cosmosdb sql stored-procedure list --resource-group rg-todos-prod-region --account-name cosmos-todos-x --database-name todos --container-name items --query [].name --output json",
    ]);
    // Every command is shown before it runs; what a shell would touch is quoted.
    for (const command of commands) {
      expect(stdout).toContain(`> az ${command.replace("[].name", "'[].name'")}\n`);
    }
    expect(stdout).toContain("Subscription: Ours (0000-1111)");
    expect(fake.calls().every(({ hasZip }) => hasZip)).toBe(true);
  });

  test("a second time does the same, so it may be repeated", async () => {
    const fake = azAnswering(...ALL);
    const first = await deployWith(fake, ["--environment", "prod-zone"]);
    const both = await deployWith(fake, ["--environment", "prod-zone"]);
    expect(both.commands).toEqual([...first.commands, ...first.commands]);
  });

  test("never deletes, and never asks for a deployment that deletes what is not in it", async () => {
    const { commands } = await deployWith(azAnswering(...ALL), ["--environment", "prod-zone"]);
    expect(commands.filter((command) => /delete|--mode|complete|stack/.test(command))).toEqual([]);
  });

  test("tells when the old drains leave little room for new ones", async () => {
    const deployed = (count: number) =>
      deployWith(azAnswering(ACCOUNT, CREATED, UPLOADED, LISTED, drains(count)), [
        "--environment",
        "prod-zone",
      ]);
    expect((await deployed(79)).lines.join("\n")).not.toContain("old drains");
    const { ended, lines } = await deployed(80);
    expect(ended).toBeUndefined();
    expect(lines.join("\n")).toMatch(
      /There are 80 old drains[\s\S]* delete .* --name drain-00000000/,
    );
  });

  test("--what-if shows what would change and changes nothing", async () => {
    const fake = azAnswering(ACCOUNT, { to: "deployment sub what-if", prints: "+ Create: all" });
    const { ended, lines, commands } = await deployWith(fake, [
      "--what-if",
      "--environment",
      "prod-zone",
    ]);
    expect(ended).toBeUndefined();
    expect(commands).toEqual([
      "account show --output json",
      "deployment sub what-if --location swedencentral --parameters infra/bicep/prod-zone.bicepparam",
    ]);
    expect(lines.join("\n")).toContain("+ Create: all");
  });

  test("an empty variable is none: parameter files then take their defaults", async () => {
    const env = { ALERT_EMAIL: "", AZURE_LOCATION: "westeurope", AZURE_ENV_NAME: "blue" };
    const fake = azAnswering(...ALL);
    const { commands } = await deployWith(fake, ["--environment", "main"], env);
    expect(commands[1]).toContain("--name todos-main-westeurope --location westeurope");
    const [call] = fake.calls();
    expect(call?.env).toMatchObject({ AZURE_LOCATION: "westeurope", AZURE_ENV_NAME: "blue" });
    expect(call?.env).not.toHaveProperty("ALERT_EMAIL");
  });

  test("a package that is not taken, as a new role does not hold yet, is brought again", async () => {
    const fake = azAnswering(ACCOUNT, CREATED, { ...UPLOADED, failures: 2 }, LISTED, drains(0));
    const { ended, waits } = await deployWith(fake, ["--environment", "prod-zone"]);
    expect(ended).toBeUndefined();
    expect(waits).toEqual([30_000, 30_000]);
  });
});

describe("npm run deploy stops and says what to do", () => {
  test("if az is missing", async () => {
    const fake = azAnswering();
    const empty = mkdtempSync(join(tmpdir(), "no-az-"));
    const env = { PATH: empty };
    const { ended, commands } = await deployWith(fake, ["--environment", "prod-zone"], env);
    rmSync(empty, { recursive: true });
    expect(ended).toMatch(/^There is no az on the PATH; install it: https:/);
    expect(commands).toEqual([]);
  });

  test("if nobody is logged in", async () => {
    const fake = azAnswering({ ...ACCOUNT, failures: 9 });
    const { ended, commands } = await deployWith(fake, ["--environment", "prod-zone"]);
    expect(ended).toMatch(/^az is not logged in; run `az login`/);
    expect(commands).toHaveLength(1);
  });

  test("if the resources cannot be deployed: then no app comes before its stored procedure", async () => {
    const fake = azAnswering(ACCOUNT, { ...CREATED, failures: 9 }, UPLOADED, LISTED);
    const { ended, commands } = await deployWith(fake, ["--environment", "prod-zone"]);
    expect(ended).toMatch(/^az failed with exit code 1/);
    expect(commands.filter((command) => command.startsWith("functionapp"))).toEqual([]);
  });

  test("if a region does not take the package: the next region keeps the old app", async () => {
    const fake = azAnswering(ACCOUNT, CREATED, { ...UPLOADED, failures: 99 }, LISTED);
    const { ended, commands } = await deployWith(fake, ["--environment", "prod-region"]);
    expect(ended).toMatch(/^az failed/);
    expect(commands.filter((command) => command.includes("func-de"))).toEqual([]);
  });

  test("if an app shows no functions, which looks healthy in Azure", async () => {
    const fake = azAnswering(ACCOUNT, CREATED, UPLOADED, { ...LISTED, prints: [] });
    const { ended, commands } = await deployWith(fake, ["--environment", "prod-region"]);
    expect(ended).toMatch(/^func-se does not show its functions/);
    expect(commands.filter((command) => command.includes("func-de"))).toEqual([]);
  });

  test.each([
    [["--environment", "production"], /^production is none; pass --environment with main or /],
    [[], /^No environment is given; pass --environment with main or prod-region or prod-zone\.$/],
    [["--environment", "../main"], /is none/],
    [["--resource-group", "x"], /Unknown option '--resource-group'/],
  ])("if it is called with %j", async (words, message) => {
    const { ended, commands } = await deployWith(azAnswering(...ALL), words);
    expect(ended).toMatch(message);
    expect(commands).toEqual([]);
  });
});

test.each(environments)("the record of %s goes where its resource group is", (environment) => {
  const parameters = readFileSync(join(BICEP, `${environment}.bicepparam`), "utf8");
  const groups = ofType(readSnapshot(environment), "Microsoft.Resources/resourceGroups");
  const group = groups.find(({ name }) => !name.includes("-network-"));
  expect(groupRegion(parameters, {})).toBe(group?.location);
});
