import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { bundleDrain } from "../../build.ts";

const ROOT = join(import.meta.dirname, "../..");

export type VariantApp = {
  readonly directory: string;
  readonly remove: () => Promise<void>;
};

/** A change to the text of functions/main.ts: the pattern must be there. */
export type Change = { readonly pattern: RegExp; readonly replacement: string };

/** Builds the function app with changes to its composition root, and the stored procedure beside it. */
export const buildVariant = async (changes: readonly Change[]): Promise<VariantApp> => {
  const directory = await mkdtemp(join(tmpdir(), "variant-app-"));
  const { name, body } = await bundleDrain();
  await build({
    entryPoints: [join(ROOT, "functions/main.ts")],
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node22",
    external: ["@azure/functions-core"],
    define: { DRAIN_NAME: JSON.stringify(name) },
    outfile: join(directory, "main.cjs"),
    logLevel: "warning",
    plugins: [changing(changes)],
  });
  await writeFile(join(directory, "drain.js"), body);
  await writeFile(join(directory, "drain.json"), JSON.stringify({ name }));
  await writeFile(join(directory, "package.json"), JSON.stringify({ main: "main.cjs" }));
  await copyFile(join(ROOT, "host.json"), join(directory, "host.json"));
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
};

const changing = (changes: readonly Change[]): Plugin => ({
  name: "change-main",
  setup: ({ onLoad }) => {
    onLoad({ filter: /functions\/main\.ts$/ }, async ({ path }) => {
      let contents = await readFile(path, "utf8");
      for (const { pattern, replacement } of changes) {
        if (!pattern.test(contents)) throw new Error(`functions/main.ts has no ${pattern}`);
        contents = contents.replace(pattern, replacement);
      }
      return { contents, loader: "ts" };
    });
  },
});
