import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { systemWorld, type World } from "../../client/world.ts";
import { type AzureCli, azureCli, DeployError, ROOT } from "./azure-cli.ts";
import { adviceOnOldDrains } from "./old-drains.ts";
import { describePackage, packageApp } from "./package.ts";

const HELP = `Deploys everything to Azure: resources and stored procedure first, then the function apps.

  npm run deploy -- --environment NAME [--what-if]

  --environment NAME  a parameter file of infra/bicep: ENVIRONMENTS
  --what-if           shows what would change, and changes nothing

It needs the Azure CLI (az login; az account set --subscription ID) and may be run again at any time.`;

/** What a deployment takes from outside; a test passes its own. */
export type Outside = {
  readonly show: (line: string) => void;
  readonly env: NodeJS.ProcessEnv;
  readonly world: Pick<World, "sleep">;
};

/**
 * Deploys an environment: `npm run deploy`.
 *
 * The order makes a roll-out without a pause: first Bicep, which adds the new stored procedure and
 * takes none away, then the app that calls it, region by region. Instances of the old app go on with
 * the old procedure meanwhile, and old and new may work on the same project.
 *
 * errors  DeployError: what is missing, and what to do about it
 */
export const deploy = async (words: readonly string[], outside: Outside): Promise<void> => {
  const { help, environment, isWhatIf } = readArguments(words);
  if (help) return outside.show(HELP.replace("ENVIRONMENTS", environments().join(", ")));
  const file = `${PARAMETERS}/${environment}.bicepparam`;
  const location = groupRegion(readFileSync(join(ROOT, file), "utf8"), outside.env);
  const made = await packageApp(join(ROOT, "dist"));
  outside.show(describePackage(made));
  const az = azureCli(outside.show, outside.env);
  outside.show(`Subscription: ${subscription(az)}`);
  const target = ["--location", location, "--parameters", file];
  if (isWhatIf) return outside.show(String(az("deployment", "sub", "what-if", ...target)));
  // Azure keeps a deployment's record under its name in one region.
  const name = ["--name", `todos-${environment}-${location}`];
  const outputs = ["--query", "properties.outputs", "--output", "json"];
  const created = az("deployment", "sub", "create", ...name, ...target, ...outputs);
  const { group, apps, account } = readOutputs(created);
  for (const app of apps) {
    await upload(az, { group, app }, outside);
    await expectFunctions(az, { group, app }, outside);
  }
  const advice = adviceOnOldDrains(az, { group, account, newest: made.drain.name });
  if (advice !== undefined) outside.show(advice);
  outside.show(`Deployed to ${apps.join(", ")} in ${group}; ${made.drain.name} is in place.`);
};

const PARAMETERS = "infra/bicep";
const ZIP_FILE = "dist/app.zip";

const environments = (): readonly string[] =>
  readdirSync(join(ROOT, PARAMETERS))
    .filter((file) => file.endsWith(".bicepparam"))
    .map((file) => file.slice(0, -".bicepparam".length));

const readArguments = (words: readonly string[]) => {
  const { values } = parseArgs({
    args: [...words],
    options: {
      help: { type: "boolean", default: false },
      environment: { type: "string", default: "" },
      "what-if": { type: "boolean", default: false },
    },
  });
  const { help, environment } = values;
  if (!help && !environments().includes(environment)) {
    const given = environment === "" ? "No environment is given" : `${environment} is none`;
    throw new DeployError(`${given}; pass --environment with ${environments().join(" or ")}.`);
  }
  return { help, environment, isWhatIf: values["what-if"] };
};

/**
 * Reads `groupRegion` of a parameter file, as Bicep would: the deployment's record goes there too.
 *
 * shape   'region', or readEnvironmentVariable('NAME', 'region')
 */
export const groupRegion = (parameters: string, env: NodeJS.ProcessEnv): string => {
  const [, value = ""] = /^param groupRegion = (.*)$/m.exec(parameters) ?? [];
  const [first, second] = [...value.matchAll(/'([^']+)'/g)].map(([, text]) => text);
  const region = second === undefined ? first : env[first ?? ""] || second;
  if (region !== undefined) return region;
  throw new DeployError("The parameter file has no groupRegion that can be read; write a literal.");
};

const Account = t.type({ name: t.string, id: t.string });

const subscription = (az: AzureCli): string => {
  try {
    const account = Account.decode(az("account", "show", "--output", "json"));
    if (E.isRight(account)) return `${account.right.name} (${account.right.id})`;
  } catch (error) {
    if (error instanceof DeployError && /no az/.test(error.message)) throw error;
  }
  throw new DeployError(
    "az is not logged in; run `az login`, then `az account set --subscription ID`.",
  );
};

const Outputs = t.type({
  resourceGroupName: t.type({ value: t.string }),
  cosmosEndpoint: t.type({ value: t.string }),
  functionApps: t.type({ value: t.readonlyArray(t.type({ name: t.string })) }),
});

const readOutputs = (given: unknown) => {
  const outputs = Outputs.decode(given);
  if (E.isLeft(outputs)) {
    throw new DeployError("The deployment answered no function apps; see outputs of main.bicep.");
  }
  const { resourceGroupName, functionApps, cosmosEndpoint } = outputs.right;
  return {
    group: resourceGroupName.value,
    apps: functionApps.value.map(({ name }) => name),
    // https://<account>.documents.azure.com:443/
    account: new URL(cosmosEndpoint.value).hostname.split(".")[0] ?? "",
  };
};

type Target = { readonly group: string; readonly app: string };

/** A role that was just granted holds after minutes, and the app writes its package by a role. */
const UPLOAD_ATTEMPTS = 5;
const UPLOAD_AGAIN_AFTER_MS = 30_000;

const upload = async (
  az: AzureCli,
  { group, app }: Target,
  { show, world }: Outside,
): Promise<void> => {
  const to = ["--resource-group", group, "--name", app];
  for (let attempt = 1; ; attempt += 1) {
    try {
      az("functionapp", "deployment", "source", "config-zip", ...to, "--src", ZIP_FILE);
      return;
    } catch (error) {
      if (attempt === UPLOAD_ATTEMPTS) throw error;
      show(`The package was not taken; again in ${UPLOAD_AGAIN_AFTER_MS / 1000} s.`);
      await world.sleep(UPLOAD_AGAIN_AFTER_MS);
    }
  }
};

/** A package that registers nothing looks healthy in Azure; so the app is asked for its functions. */
const LOOK_ATTEMPTS = 12;
const LOOK_AGAIN_AFTER_MS = 10_000;

const expectFunctions = async (
  az: AzureCli,
  { group, app }: Target,
  { show, world }: Outside,
): Promise<void> => {
  const of = ["--resource-group", group, "--name", app];
  const names = ["--query", "[].name", "--output", "json"];
  for (let attempt = 1; attempt <= LOOK_ATTEMPTS; attempt += 1) {
    const found = JSON.stringify(az("functionapp", "function", "list", ...of, ...names));
    if (NEEDED.every((name) => found.includes(`/${name}"`))) return;
    show(`${app} does not yet show ${NEEDED.join(" and ")}.`);
    await world.sleep(LOOK_AGAIN_AFTER_MS);
  }
  throw new DeployError(
    `${app} does not show its functions; look for errors of its start in Application Insights.`,
  );
};

/** Without these two no request becomes a todo. */
const NEEDED = ["processRequests", "sweep"];

if (import.meta.main) {
  try {
    const show = (line: string): void => console.log(line);
    await deploy(process.argv.slice(2), { show, env: process.env, world: systemWorld });
  } catch (error) {
    const isArgument = String((error as { code?: unknown }).code).startsWith("ERR_PARSE_ARGS");
    console.error(error instanceof DeployError || isArgument ? (error as Error).message : error);
    process.exitCode = 1;
  }
}
