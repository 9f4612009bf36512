import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The version that the snapshots were made with; another one may write them differently. */
const VERSION = "0.49.2";

/** Where a Bicep compiler is, or why there is none. */
export type Compiler =
  | { readonly kind: "found"; readonly command: string; readonly version: string }
  | { readonly kind: "missing"; readonly reason: string };

/** Finds the `bicep` on the PATH, or gets it from NuGet: a program of its own that needs no .NET to run. */
export const findCompiler = (): Compiler => {
  const onPath = askVersion("bicep");
  if (onPath) return { kind: "found", command: "bicep", version: onPath };
  const platform = PLATFORMS[`${process.platform}-${process.arch}`];
  if (!platform) return missing(`and NuGet has no Bicep for ${process.platform}-${process.arch}`);
  const command = restore(`Azure.Bicep.CommandLine.${platform}`);
  if (command.kind === "missing") return command;
  const version = askVersion(command.path);
  if (!version) return missing(`and the one from NuGet does not start: ${command.path}`);
  return { kind: "found", command: command.path, version };
};

const PLATFORMS: Readonly<Record<string, string>> = {
  "linux-x64": "linux-x64",
  "darwin-arm64": "osx-arm64",
  "win32-x64": "win-x64",
};

const missing = (reason: string): { readonly kind: "missing"; readonly reason: string } => ({
  kind: "missing",
  reason: `there is no bicep on the PATH, ${reason}`,
});

type Restored = { readonly kind: "restored"; readonly path: string } | ReturnType<typeof missing>;

const restore = (packageName: string): Restored => {
  const folder = packagesFolder();
  if (!folder) return missing("and no dotnet that could get one");
  const program = process.platform === "win32" ? "bicep.exe" : "bicep";
  const path = join(folder, packageName.toLowerCase(), VERSION, "tools", program);
  if (existsSync(path)) return { kind: "restored", path };
  const project = mkdtempSync(join(tmpdir(), "bicep-compiler-"));
  try {
    writeFileSync(join(project, "restore.csproj"), projectThatDownloads(packageName));
    const { status, stdout } = run("dotnet", ["restore", project, "--nologo"]);
    if (status === 0 && existsSync(path)) return { kind: "restored", path };
    return missing(`and dotnet could not get one from NuGet: ${stdout.trim().split("\n").at(-1)}`);
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
};

const projectThatDownloads = (packageName: string): string => `
  <Project Sdk="Microsoft.NET.Sdk">
    <PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup>
    <ItemGroup><PackageDownload Include="${packageName}" Version="[${VERSION}]" /></ItemGroup>
  </Project>
`;

/** Answers `global-packages: <folder>`; the locale cannot change the name before the colon. */
const packagesFolder = (): string | undefined =>
  /global-packages:\s*(.+)/.exec(
    run("dotnet", ["nuget", "locals", "global-packages", "-l"]).stdout,
  )?.[1];

const askVersion = (command: string): string | undefined =>
  /version (\S+)/.exec(run(command, ["--version"]).stdout)?.[1];

const LIMIT_MS = 300_000;

const run = (command: string, parameters: readonly string[]) => {
  const env = { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: "1", DOTNET_NOLOGO: "1" };
  const { status, stdout } = spawnSync(command, parameters, {
    encoding: "utf8",
    timeout: LIMIT_MS,
    env,
  });
  // Without the program there is no output either.
  return { status, stdout: stdout ?? "" };
};
