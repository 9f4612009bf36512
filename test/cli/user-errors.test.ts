import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startCosmosServer } from "../../local/cosmos/server.ts";
import { FREE_PORTS, runCommand, SAMPLE, temporaryFolder } from "./command-line.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

/** Runs a command that must fail: its exit code, and the one line it says. */
const failureOf = async (args: readonly string[], env?: Record<string, string>) => {
  const command = runCommand(args, env);
  const exitCode = await command.end;
  expect(command.errorLines.join("\n")).not.toMatch(/^\s+at /m);
  const message = command.errorLines.at(-1) ?? "";
  expect(command.events.at(-1)).toMatchObject({ event: "error", message });
  return { exitCode, message };
};

const start = (...args: string[]) =>
  failureOf(["start", ...FREE_PORTS, "--data", join(folder.directory, "data"), ...args]);

const writeInput = async (text: string | Buffer): Promise<string> => {
  const file = join(folder.directory, "requests.ndjson");
  await writeFile(file, text);
  return file;
};

describe("a wrong command line ends with exit code 2 and says what is right", () => {
  test.each([
    [["frobnicate"], /no command "frobnicate"; the commands are start, cosmos/],
    [["start", "--frobnicate"], /Unknown option '--frobnicate'; see "start --help"/],
    [["start", "--port", "a"], /--port is "a"; give a port/],
    [["start", "--port", "9000", "--functions-port", "9000"], /give two different ones/],
    [["submit", "Buy milk"], /--project is missing/],
    [["submit", "--project", "7"], /There is no title/],
    [["submit", "--project", "0", "Buy milk"], /--project is "0"; give a positive integer/],
    [["submit", "--file", "x", "--project", "1"], /--file goes alone/],
    [["todos", "--project", "7x"], /--project is "7x"/],
  ])("%j", async (args, message) => {
    const failure = await failureOf(args);
    expect(failure).toMatchObject({ exitCode: 2, message: expect.stringMatching(message) });
  });

  test("a COSMOS setting that is no connection string", async () => {
    const { exitCode, message } = await failureOf(["verify"], { COSMOS: "secret" });
    expect(exitCode).toBe(2);
    expect(message).toMatch(/COSMOS has no AccountEndpoint/);
    expect(message).not.toContain("secret");
  });
});

describe("a file of requests stops everything before the first is submitted", () => {
  test.each([
    [
      "a line that is not JSON",
      '{"projectId":1,"title":"a"}\n\n{"projectId":1,',
      /^Line 3 of .* is not JSON/,
    ],
    [
      "a line that is not an object",
      '{"projectId":1,"title":"a"}\n[1]\n',
      /^Line 2 .* not a JSON object/,
    ],
  ])("%s", async (_what, text, message) => {
    const file = await writeInput(text);
    const failure = await start("--input", file, "--once");
    expect(failure).toMatchObject({ exitCode: 1, message: expect.stringMatching(message) });
  });

  test("a file that does not exist, and a folder", async () => {
    const missing = await start("--input", join(folder.directory, "none"), "--once");
    expect(missing.message).toMatch(/none cannot be read \(it does not exist\)/);
    const directory = await start("--input", folder.directory, "--once");
    expect(directory.message).toMatch(/cannot be read \(it is a folder\)/);
  });
});

describe("a local Azure that cannot start says why", () => {
  test("the port of Cosmos DB is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const args = ["--port", String(port), "--data", folder.directory];
    const failure = await failureOf(["start", "--functions-port", "0", ...args]);
    expect(failure.message).toMatch(new RegExp(`Port ${port} .*in use`));
    const functions = await failureOf([
      ...["start", "--port", "0", "--functions-port", String(port)],
      ...["--data", folder.directory],
    ]);
    expect(functions.message).toMatch(new RegExp(`Port ${port} for the functions is in use`));
    server.close();
  });

  test("the data folder is in use", async () => {
    const directory = join(folder.directory, "data");
    const server = await startCosmosServer({ port: 0, directory });
    expect(await start()).toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(/data folder .* is in use by another server/),
    });
    await server.close();
  });

  test("the data folder is damaged, or of a newer version", async () => {
    const directory = join(folder.directory, "data");
    await mkdir(directory);
    await writeFile(join(directory, "cosmos.db"), "this is no database, and long enough to see it");
    expect((await start()).message).toMatch(/data folder .* is damaged .*: restore it/);
    await folder.remove();
    await mkdir(directory, { recursive: true });
    const db = new DatabaseSync(join(directory, "cosmos.db"));
    db.exec("PRAGMA user_version = 999");
    db.close();
    expect((await start()).message).toMatch(/has format 999, .*use the newer version/);
  });

  test("the data folder cannot be written", async () => {
    const file = await writeInput("a file, not a folder");
    const failure = await failureOf(["start", ...FREE_PORTS, "--data", file]);
    expect(failure.message).toMatch(/cannot be opened .*name a folder that can be written/);
  });
});

describe("an account that cannot be used is named", () => {
  test("no server runs there", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const COSMOS = `AccountEndpoint=http://127.0.0.1:${port};AccountKey=a2V5;`;
    for (const args of [["verify"], ["todos", "--project", "1"], ["submit", "--file", SAMPLE]]) {
      const { exitCode, message } = await failureOf(args, { COSMOS });
      expect(exitCode).toBe(1);
      expect(message).toMatch(new RegExp(`No Cosmos DB answers at .*:${port}; start`));
    }
  });

  test("the key is wrong, and then the container is missing", async () => {
    const server = await startCosmosServer({ port: 0 });
    const wrong = `AccountEndpoint=${server.endpoint};AccountKey=d3Jvbmc=;`;
    expect((await failureOf(["verify"], { COSMOS: wrong })).message).toMatch(/refuses the key/);
    const COSMOS = server.connectionString;
    expect((await failureOf(["verify"], { COSMOS })).message).toMatch(
      /no such database or container/,
    );
    await server.close();
  });
});
