import { runWorld } from "./world.ts";

const from = Number(process.argv[2] ?? 1),
  n = Number(process.argv[3] ?? 1);
const t0 = process.cpuUsage();
const faults: any = {};
let steps = 0,
  vms = 0;
const hashes = new Set();
for (let seed = from; seed < from + n; seed++) {
  const end = await runWorld({
    seed,
    ...(process.argv[4] === "log" ? { log: console.log } : {}),
    ...(process.argv[4]?.startsWith("-")
      ? { without: new Set(process.argv[4]!.slice(1).split(",")) }
      : {}),
  });
  steps += end.steps;
  vms += end.virtualMs;
  hashes.add(end.traceHash);
  for (const [k, v] of Object.entries(end.faults)) faults[k] = (faults[k] ?? 0) + v;
  if (end.violation) console.log(seed, end.violation.slice(0, 600), end.virtualMs | 0);
}
const u = process.cpuUsage(t0);
console.log({
  n,
  ms: (u.user + u.system) / 1000 / n,
  steps: steps / n,
  vms: vms / n,
  hashes: hashes.size,
});
console.log(faults);
