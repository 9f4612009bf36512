import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { runCommand } from "../cli/command-line.ts";

const repository = join(import.meta.dirname, "../..");
const readme = readFileSync(join(repository, "README.md"), "utf8");

/** The first program in JavaScript, as written, with another account's connection string. */
const programFor = (connection: string): string => {
  const program = /```js\n(.*?)```/s.exec(readme)?.[1] ?? "";
  return program.replace(/"AccountEndpoint=[^"]*"/, JSON.stringify(connection));
};

test("the program in the README inserts a request, sees it done and reads the todo from the change feed", async () => {
  const folder = mkdtempSync(join(repository, "dist/readme-"));
  const azure = runCommand([
    "start",
    "--port",
    "0",
    "--functions-port",
    "0",
    "--data",
    join(folder, "data"),
  ]);
  try {
    const { connectionString } = await azure.event("started");
    const script = join(folder, "program.mjs");
    writeFileSync(script, programFor(String(connectionString)));
    const program = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    const [output] = await Promise.all([text(program.stdout), once(program, "exit")]);
    expect(output).toBe("done 1\n[ '1 Buy milk' ]\n");
  } finally {
    azure.kill("SIGTERM");
    await azure.end;
    rmSync(folder, { recursive: true, force: true });
  }
});

test("every link of the documents leads to a file", () => {
  const documents = ["README.md", "ARCHITECTURE.md", "COMPATIBILITY.md"];
  const broken = documents.flatMap((document) => {
    const links = readFileSync(join(repository, document), "utf8").matchAll(
      /\]\((?!https?:)([^)#]+)\)/g,
    );
    return [...links].flatMap(([, link = ""]) => {
      try {
        return readFileSync(join(repository, link), "utf8") === undefined ? [link] : [];
      } catch (error) {
        return (error as { code?: string }).code === "EISDIR" ? [] : [`${document}: ${link}`];
      }
    });
  });
  expect(broken).toEqual([]);
});
