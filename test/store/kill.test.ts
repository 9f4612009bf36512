import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { openStore, read, temporaryFolder } from "./store-fixture.ts";

const writeUntilKilled = async (directory: string, start: number, lines: number) => {
  const script = join(import.meta.dirname, "writer-process.ts");
  const child = spawn(process.execPath, [script, directory, String(start)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_OPTIONS: "--disable-warning=ExperimentalWarning" },
  });
  const acknowledged: { n: number; lsn: number }[] = [];
  const lineReader = createInterface({ input: child.stdout });
  lineReader.on("line", (line) => {
    const [n, lsn] = line.split(" ").map(Number);
    acknowledged.push({ n: n!, lsn: lsn! });
    if (acknowledged.length === lines) child.kill("SIGKILL");
  });
  await once(lineReader, "close");
  return acknowledged;
};

test("whatever was acknowledged before kill -9 is there afterwards, whole and under its number", async () => {
  const directory = temporaryFolder();
  const acknowledged = [];
  for (const [round, lines] of [25, 150, 400].entries()) {
    acknowledged.push(...(await writeUntilKilled(directory, round * 100_000, lines)));
  }
  const store = openStore({ directory });
  const container = store.catalogue.findContainer(store.catalogue.findDatabase("db")!, "items")!;
  for (const { n, lsn } of acknowledged) {
    const [left, right] = ["left", "right"].map((side) =>
      read({ store, container }, `p${n % 5}`, `${side}-${n}`),
    );
    expect([left?.lsn, right?.lsn]).toEqual([lsn, lsn]);
  }
  const counts = container.partitions.map(({ table }) =>
    store.db
      .prepare(`SELECT count(*) AS n, count(DISTINCT position / 65536) AS lsns FROM ${table}`)
      .get(),
  ) as { n: number; lsns: number }[];
  for (const { n, lsns } of counts) expect(n).toBe(2 * lsns);
}, 120_000);
