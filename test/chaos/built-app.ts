import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const DIST = join(import.meta.dirname, "../../dist");
const FILES = ["main.cjs", "drain.js", "drain.json", "host.json", "package.json"];

/**
 * Copies the built function app: whoever builds while hosts are started again must not change them.
 *
 * errors  an Error that says what to run if there is none
 */
export const copyBuiltApp = (directory: string): void => {
  if (!existsSync(join(DIST, "main.cjs"))) {
    throw new Error('There is no built function app in dist/; run "npm run build" first.');
  }
  mkdirSync(directory);
  for (const file of FILES) copyFileSync(join(DIST, file), join(directory, file));
};
