import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const BICEP = join(import.meta.dirname, "../../infra/bicep");

/** A resource as Azure Resource Manager would get it. */
export type Resource = {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly apiVersion: string;
  readonly location?: string;
  readonly properties: Readonly<Record<string, unknown>>;
};

/** What deploying one parameter file comes to: infra/bicep/<environment>.snapshot.json. */
export type Snapshot = {
  readonly environment: string;
  readonly text: string;
  readonly resources: readonly Resource[];
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly diagnostics: readonly unknown[];
};

export const readSnapshot = (environment: string): Snapshot => {
  const text = readFileSync(join(BICEP, `${environment}.snapshot.json`), "utf8");
  const { predictedResources, outputs, diagnostics } = JSON.parse(text);
  return { environment, text, resources: predictedResources, outputs, diagnostics };
};

export const environments: readonly string[] = readdirSync(BICEP)
  .filter((file) => file.endsWith(".bicepparam"))
  .map((file) => file.slice(0, -".bicepparam".length));

/** Finds all resources of a type, such as `Microsoft.Web/sites`. */
export const ofType = (snapshot: Snapshot, type: string): readonly Resource[] =>
  snapshot.resources.filter((resource) => resource.type === type);

/** Finds the one resource of a type, whose name may end in a certain way. */
export const theOne = (snapshot: Snapshot, type: string, nameEnd = ""): Resource => {
  const found = ofType(snapshot, type).filter(({ name }) => name.endsWith(nameEnd));
  const [resource] = found;
  if (resource && found.length === 1) return resource;
  throw new Error(`${snapshot.environment} has ${found.length} of ${type} ${nameEnd}, not one.`);
};

/** Reads a value deep inside, such as `properties.siteConfig.appSettings`. */
export const at = (value: unknown, path: string): unknown =>
  path
    .split(".")
    .reduce((inner, name) => (inner as Readonly<Record<string, unknown>>)?.[name], value);

/** The settings of a function app, by name. */
export const appSettings = (app: Resource): Readonly<Record<string, string>> => {
  const settings = at(app, "properties.siteConfig.appSettings") as readonly NameAndValue[];
  return Object.fromEntries(settings.map(({ name, value }) => [name, value]));
};

type NameAndValue = { readonly name: string; readonly value: string };
