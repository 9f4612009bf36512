import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

/** A function app built from a text, in a folder of its own. */
export type BuiltApp = { readonly directory: string; readonly remove: () => Promise<void> };

/** Builds an app as the project's own is built: one CommonJS bundle, host.json, package.json. */
export const buildApp = async (source: string, hostJson: object = {}): Promise<BuiltApp> => {
  const directory = await mkdtemp(join(tmpdir(), "host-app-"));
  await build({
    stdin: { contents: source, resolveDir: import.meta.dirname },
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["@azure/functions-core"],
    outfile: join(directory, "main.cjs"),
    logLevel: "warning",
  });
  await writeFile(join(directory, "package.json"), JSON.stringify({ main: "main.cjs" }));
  const host = { version: "2.0", ...hostJson };
  await writeFile(join(directory, "host.json"), JSON.stringify(host));
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
};
