import { startFunctionHost } from "../../local/host/function-host.ts";

/** Runs the built function app against what `COSMOS` names, and says when it is ready. */
const host = await startFunctionHost({
  appDirectory: process.argv[2] ?? "dist",
  settings: { ...process.env },
  port: 0,
  logLevel: "warning",
  write: (line) => console.error(line),
});
console.log(host.url);
const end = async (): Promise<void> => {
  await host.close();
  process.exit(0);
};
process.on("SIGTERM", () => void end());
process.on("disconnect", () => void end());
