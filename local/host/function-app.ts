import { existsSync, readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { join, resolve } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import {
  createCoreApi,
  type ProgrammingModel,
  type RegisteredFunction,
  type Registrations,
} from "./core-api.ts";
import { isLogLevel, type Log, type LogLevel } from "./log-line.ts";

/** A loaded function app: what it registered, and the part of host.json that the local host heeds. */
export type FunctionApp = {
  readonly programmingModel: ProgrammingModel;
  readonly functions: readonly RegisteredFunction[];
  readonly hooks: Registrations["hooks"];
  readonly hostFile: HostFile;
};

/** What we take from host.json. */
export type HostFile = {
  readonly routePrefix: string;
  readonly logLevel: LogLevel;
  /** functionTimeout; absent if an invocation may last for ever. */
  readonly timeLimitMs: number | undefined;
};

/**
 * Loads the built app of a folder as the Functions worker does.
 *
 * shape   answers `require("@azure/functions-core")` while it loads, then never again; each call loads
 *         the app anew
 * errors  throws if the folder holds no app, or the app cannot be loaded, or registers nothing
 */
export const loadFunctionApp = (directory: string, log: Log): FunctionApp => {
  const hostFile = readHostFile(directory);
  const main = mainFile(directory);
  const core = createCoreApi(log);
  requireAnswering("@azure/functions-core", core.api, main);
  core.lock();
  const { programmingModel, functions, hooks } = core.registrations;
  if (!programmingModel || functions.size === 0) {
    throw new Error(
      `The app ${main} registers no function with @azure/functions 4; build the app and look at its main file`,
    );
  }
  programmingModel.getCapabilities({});
  return { programmingModel, functions: [...functions.values()], hooks, hostFile };
};

const PackageFile = t.type({ main: t.string });

const mainFile = (directory: string): string => {
  const file = join(resolve(directory), "package.json");
  const decoded = PackageFile.decode(readJson(file));
  if (E.isLeft(decoded)) throw new Error(`${file} has no "main"; name the built app there`);
  const main = resolve(directory, decoded.right.main);
  if (/[*?{}[\]]/.test(decoded.right.main)) {
    throw new Error(`"main" of ${file} is a pattern; the local host loads one file, name it there`);
  }
  if (!existsSync(main)) throw new Error(`${main} does not exist; build the app first`);
  return main;
};

const HostJson = t.partial({
  version: t.string,
  functionTimeout: t.string,
  extensions: t.partial({ http: t.partial({ routePrefix: t.string }) }),
  logging: t.partial({ logLevel: t.partial({ default: t.string }) }),
});

const readHostFile = (directory: string): HostFile => {
  const file = join(resolve(directory), "host.json");
  const decoded = HostJson.decode(readJson(file));
  if (E.isLeft(decoded) || decoded.right.version !== "2.0") {
    throw new Error(`${file} is not a host.json of version "2.0"; correct it`);
  }
  const { extensions, logging, functionTimeout } = decoded.right;
  const logLevel = logging?.logLevel?.default?.toLowerCase() ?? "information";
  if (!isLogLevel(logLevel)) {
    throw new Error(`${file} asks for the unknown log level "${logLevel}"; correct it`);
  }
  const timeLimitMs = timeLimitOf(functionTimeout ?? DEFAULT_TIME_LIMIT, file);
  return { routePrefix: extensions?.http?.routePrefix ?? "api", logLevel, timeLimitMs };
};

/** What Flex Consumption takes if host.json says nothing. */
const DEFAULT_TIME_LIMIT = "00:30:00";

/** Reads [days.]hours:minutes:seconds; -1 is no limit. */
const timeLimitOf = (text: string, file: string): number | undefined => {
  if (text === "-1") return undefined;
  const parts = /^(?:(\d+)\.)?(\d\d):(\d\d):(\d\d)$/.exec(text)?.slice(1);
  if (!parts) throw new Error(`${file} has the functionTimeout "${text}"; write it as "00:10:00"`);
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
};

const readJson = (file: string): unknown => {
  if (!existsSync(file)) throw new Error(`${file} does not exist; build the app first`);
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file} is not JSON (${(error as Error).message}); correct it`);
  }
};

type Require = (this: unknown, id: string) => unknown;

const requireAnswering = (id: string, answer: object, file: string): void => {
  const requireFile = createRequire(import.meta.url);
  const prototype = Module.prototype as unknown as { require: Require };
  const original = prototype.require;
  delete requireFile.cache[file];
  prototype.require = function (asked) {
    return asked === id ? answer : original.call(this, asked);
  };
  try {
    requireFile(file);
  } catch (error) {
    throw new Error(`The app ${file} failed while it was loaded: ${explainLoad(error)}`, {
      cause: error,
    });
  } finally {
    prototype.require = original;
  }
};

const explainLoad = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error);
  return /HTTP streaming/.test(message)
    ? "it asks for enableHttpStream, which the local host does not support; remove it from app.setup()"
    : message;
};
