import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { buildAll, type Script } from "../../build.ts";
import { type ZipEntry, zip } from "./zip.ts";

/** What `npm run package` made. */
export type Package = {
  /** Goes to the function apps. */
  readonly zipFile: string;
  /** The same files unpacked, for Core Tools and azd. */
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly zipBytes: number;
  /** The stored procedure that this app calls: it must be there before the app. */
  readonly drain: Script;
};

/** All that the Functions host needs; the bundle has everything else in it. */
const FILES = ["host.json", "main.cjs", "package.json"] as const;

/**
 * Builds everything and packs the function app: `npm run package`.
 *
 * shape   <directory>/app.zip and <directory>/app; beside them what Bicep deploys, drain.js
 */
export const packageApp = async (directory: string): Promise<Package> => {
  const drain = await buildAll(directory);
  const entries = await Promise.all(
    FILES.map(
      async (name): Promise<ZipEntry> => ({
        name,
        content: await readFile(join(directory, name)),
      }),
    ),
  );
  const folder = join(directory, "app");
  const zipFile = join(directory, "app.zip");
  const archive = zip(entries);
  // Nothing of an earlier time may stay in it, such as somebody's local.settings.json.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const { name, content } of entries) await writeFile(join(folder, name), content);
  await writeFile(zipFile, archive);
  const files = entries.map(({ name, content }) => ({ name, bytes: content.length }));
  return { zipFile, folder, files, zipBytes: archive.length, drain };
};

/** Says what is in a package and how large it is, one line each. */
export const describePackage = ({ zipFile, files, zipBytes, drain }: Package): string => {
  const rows = [
    ...files.map(({ name, bytes }) => [`  ${name}`, bytes] as const),
    [relative(process.cwd(), zipFile), zipBytes] as const,
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    ...rows.map(([name, bytes]) => `${name.padEnd(width)}  ${kibibytes(bytes).padStart(7)} KiB`),
    `It calls ${drain.name}, which Bicep deploys from dist/drain.js.`,
  ].join("\n");
};

const kibibytes = (bytes: number): string => (bytes / 1024).toFixed(1);

if (import.meta.main) {
  console.log(describePackage(await packageApp(join(import.meta.dirname, "../../dist"))));
}
