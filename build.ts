import { createHash } from "node:crypto";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";

/** A stored procedure as it is deployed: its name follows its text. */
export type Script = { readonly name: string; readonly body: string };

/**
 * The longest stored procedure that Cosmos DB takes, in characters.
 *
 * source  ARM limits string properties of a deployment to 131,072 characters
 */
const MAX_SCRIPT_CHARACTERS = 131_072;

const ROOT = import.meta.dirname;

/**
 * Bundles the stored procedure `drain` into one function expression in ES2015.
 *
 * shape   name: `drain-<first 8 hex of the sha-256 of the body>`, so that old and new run side by side
 * errors  throws if the script is longer than Cosmos DB takes
 */
export const bundleDrain = async (): Promise<Script> => {
  const code = await bundle({
    entryPoints: [join(ROOT, "sprocs/drain.ts")],
    format: "iife",
    globalName: "bundled",
    platform: "neutral",
    target: "es2015",
    mainFields: ["module", "main"],
    plugins: [useTreeShakableModules],
  });
  const body = `function (options) {\n${code}bundled.drain(options);\n}\n`;
  if (body.length > MAX_SCRIPT_CHARACTERS) {
    throw new Error(
      `The drain has ${body.length} characters, Cosmos DB takes ${MAX_SCRIPT_CHARACTERS}; see what sprocs/ imports.`,
    );
  }
  const hash = createHash("sha256").update(body).digest("hex");
  return { name: `drain-${hash.slice(0, 8)}`, body };
};

/**
 * Builds everything that is deployed into a folder: the stored procedure, and a function app that
 * needs nothing installed beside it.
 */
export const buildAll = async (directory: string): Promise<Script> => {
  await mkdir(directory, { recursive: true });
  const drain = await bundleDrain();
  const { name, body } = drain;
  const app = await bundle({
    entryPoints: [join(ROOT, "functions/main.ts")],
    format: "cjs",
    platform: "node",
    target: "node22",
    // The Functions worker provides this one at run time.
    external: ["@azure/functions-core"],
    define: { DRAIN_NAME: JSON.stringify(name) },
    minify: true,
  });
  const files: Readonly<Record<string, string>> = {
    "drain.js": body,
    "drain.json": json({ name, characters: body.length }),
    "main.cjs": app,
    "host.json": await readFile(join(ROOT, "host.json"), "utf8"),
    "package.json": json({ ...(await packageFacts()), main: "main.cjs" }),
  };
  const write = ([file, text]: readonly [string, string]) =>
    replaceFile(join(directory, file), text);
  await Promise.all(Object.entries(files).map(write));
  return drain;
};

/** Renames the new file over the old one: a host that loads the app meanwhile reads a whole file. */
const replaceFile = async (path: string, text: string): Promise<void> => {
  const newPath = `${path}.${process.pid}`;
  await writeFile(newPath, text);
  await rename(newPath, path);
};

const bundle = async (options: BuildOptions): Promise<string> => {
  const result = await build({
    bundle: true,
    write: false,
    legalComments: "none",
    logLevel: "warning",
    ...options,
  });
  const [output] = result.outputFiles ?? [];
  if (output === undefined) throw new Error("esbuild wrote no output");
  return output.text;
};

/**
 * Takes the ES module twin of each fp-ts file, so that the script carries only what it uses.
 *
 * source  fp-ts/lib is CommonJS, which Node needs and a bundler cannot shake; fp-ts/es6 is the same
 */
const useTreeShakableModules: Plugin = {
  name: "use-tree-shakable-modules",
  setup: ({ onResolve, resolve }) => {
    onResolve({ filter: /^fp-ts\/lib\// }, ({ path, kind, resolveDir }) =>
      resolve(path.replace("/lib/", "/es6/"), { kind, resolveDir }),
    );
  },
};

const packageFacts = async (): Promise<object> => {
  const { name, version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  return { name, version, private: true };
};

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

if (import.meta.main) {
  const directory = join(ROOT, "dist");
  const { name, body } = await buildAll(directory);
  if (!process.argv.includes("--quiet")) {
    const { size } = await stat(join(directory, "main.cjs"));
    console.log(`dist/drain.js  ${name}, ${body.length} of ${MAX_SCRIPT_CHARACTERS} characters`);
    console.log(`dist/main.cjs  ${Math.round(size / 1024)} KiB`);
  }
}
