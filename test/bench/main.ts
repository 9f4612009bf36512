import { parseArgs } from "node:util";
import { measureLatency } from "./latency.ts";
import { measureManyRequests } from "./many-requests.ts";
import { median } from "./percentile.ts";
import { measureSingleRequests } from "./single-requests.ts";

/**
 * Measures the local Azure: server, function host and client are processes of their own, every commit
 * is fsynced. Each figure is the median of several rounds; compare ratios, machines are noisy.
 */
const HELP = `npm run bench [-- --rounds 3] [--only a,b,c,d] [--json]

  a  20,000 requests over 100 projects, submitted in bulk: todos/s end to end, RU per todo
  b  5,000 requests by 32 callers one at a time: the client's ceiling, plain creates, submit()
  c  5,000 requests in one project: todos/s end to end
  d  50 requests/s for 20 s: milliseconds from submit() to the todo at a subscriber
`;

type Figures = { readonly [name: string]: number };

const MEASUREMENTS: { readonly [name: string]: () => Promise<object> } = {
  a: () => measureManyRequests(20_000, 100),
  b: () => measureSingleRequests(5_000),
  c: () => measureManyRequests(5_000, 1),
  d: () => measureLatency(50, 20),
};

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "a,b,c,d" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const medians = (rounds: readonly Figures[]): Figures =>
  Object.fromEntries(
    Object.keys(rounds[0] ?? {}).map((name) => {
      const value = median(rounds.map((round) => round[name] ?? Number.NaN));
      return [name, Number(value.toPrecision(4))];
    }),
  );

const measure = async (name: string, rounds: number): Promise<Figures> => {
  const measured: Figures[] = [];
  for (let round = 1; round <= rounds; round++) {
    console.error(`bench ${name}: round ${round} of ${rounds}`);
    measured.push((await MEASUREMENTS[name]?.()) as Figures);
    console.error(`  ${JSON.stringify(medians(measured.slice(-1)))}`);
  }
  return medians(measured);
};

if (values.help) {
  console.log(HELP);
} else {
  const names = values.only.split(",");
  const unknown = names.filter((name) => !Object.hasOwn(MEASUREMENTS, name));
  if (unknown.length > 0) {
    console.error(`There is no measurement ${unknown.join(", ")}; there are a, b, c and d.`);
    process.exit(2);
  }
  const figures: { [name: string]: Figures } = {};
  for (const name of names) figures[name] = await measure(name, Number(values.rounds));
  if (values.json) console.log(JSON.stringify(figures));
  else console.table(figures);
}
