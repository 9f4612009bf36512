import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../local/cosmos/json.ts";
import { pinnedPartitionKey, queryPlan } from "../../local/cosmos/sql/plan/query-plan.ts";
import { prepareQuery } from "../../local/cosmos/sql/query.ts";
// The combining half of the plan is the vendor's own.
import { GroupByEndpointComponent } from "../../node_modules/@azure/cosmos/dist/esm/queryExecutionContext/EndpointComponent/GroupByEndpointComponent.js";
import { GroupByValueEndpointComponent } from "../../node_modules/@azure/cosmos/dist/esm/queryExecutionContext/EndpointComponent/GroupByValueEndpointComponent.js";
import { OrderByDocumentProducerComparator } from "../../node_modules/@azure/cosmos/dist/esm/queryExecutionContext/orderByDocumentProducerComparator.js";
import { arraySource } from "./array-source.ts";
import { runAll } from "./run.ts";

const planOf = (text: string, parameters: Record<string, JsonValue> = {}, partitionCount = 2) =>
  queryPlan({
    query: prepareQuery(text),
    parameters: Object.entries(parameters).map(([name, value]) => ({ name, value })),
    partitionCount,
  }) as { queryInfo: JsonObject; queryRanges: JsonValue };

const infoOf = (text: string, parameters: Record<string, JsonValue> = {}): JsonObject =>
  planOf(text, parameters).queryInfo;

describe("the plan", () => {
  test("of a plain query passes it through", () => {
    const text = "SELECT * FROM c WHERE STARTSWITH(c.id, 'x')";
    expect(planOf(text)).toEqual({
      partitionedQueryExecutionInfoVersion: 2,
      queryInfo: {
        distinctType: "None",
        top: null,
        offset: null,
        limit: null,
        orderBy: [],
        orderByExpressions: [],
        groupByExpressions: [],
        groupByAliases: [],
        aggregates: [],
        groupByAliasToAggregateType: {},
        rewrittenQuery: "",
        hasSelectValue: false,
        dCountInfo: null,
        hasNonStreamingOrderBy: false,
      },
      queryRanges: [{ min: "", max: "FF", isMinInclusive: true, isMaxInclusive: false }],
    });
  });

  test("of ORDER BY carries keys and rids, and the client's condition", () => {
    expect(infoOf("SELECT TOP 5 c.id FROM c WHERE c.n > 1 ORDER BY c.n DESC, c.id")).toMatchObject({
      top: 5,
      orderBy: ["Descending", "Ascending"],
      orderByExpressions: ["c.n", "c.id"],
      rewrittenQuery:
        'SELECT TOP 5 c._rid, [{"item": c.n}, {"item": c.id}] AS orderByItems, ' +
        '{"id": c.id} AS payload FROM c ' +
        "WHERE ((c.n > 1) AND ({documentdb-formattableorderbyquery-filter})) " +
        "ORDER BY c.n DESC, c.id ASC",
    });
  });

  test("of OFFSET and LIMIT asks each partition for all that could count", () => {
    expect(infoOf("SELECT * FROM c OFFSET @o LIMIT 3", { "@o": 4 })).toMatchObject({
      offset: 4,
      limit: 3,
      rewrittenQuery: "SELECT * FROM c OFFSET 0 LIMIT 7",
    });
    expect(infoOf("SELECT TOP @n * FROM c", { "@n": 4 })).toMatchObject({
      top: 4,
      rewrittenQuery: "",
    });
  });

  test("of DISTINCT tells whether equal results are neighbours", () => {
    expect(infoOf("SELECT DISTINCT c.a FROM c")).toMatchObject({ distinctType: "Unordered" });
    expect(infoOf("SELECT DISTINCT c.a FROM c ORDER BY c.a")).toMatchObject({
      distinctType: "Ordered",
    });
    expect(infoOf("SELECT DISTINCT VALUE c.a FROM c ORDER BY c.b")).toMatchObject({
      distinctType: "Unordered",
      hasSelectValue: true,
    });
  });

  test("of aggregates names them and asks for partial results", () => {
    expect(infoOf("SELECT VALUE AVG(c.n) FROM c")).toMatchObject({
      aggregates: ["Average"],
      hasSelectValue: true,
      rewrittenQuery: 'SELECT VALUE [{"item": {"sum": SUM(c.n), "count": COUNT(c.n)}}] FROM c',
    });
    expect(infoOf("SELECT c.g, MAX(c.n) AS m FROM c GROUP BY c.g")).toMatchObject({
      aggregates: [],
      groupByExpressions: ["c.g"],
      groupByAliases: ["g", "m"],
      groupByAliasToAggregateType: { g: null, m: "Max" },
      rewrittenQuery:
        'SELECT [{"item": c.g}] AS groupByItems, {"g": c.g, "m": {"item": {"max": MAX(c.n), ' +
        '"count": COUNT(c.n)}}} AS payload FROM c GROUP BY c.g',
    });
  });

  test("of what cannot be combined is refused, unless there is nothing to combine", () => {
    const text = "SELECT VALUE COUNT(1) + 1 FROM c";
    expect(() => planOf(text)).toThrow(expect.objectContaining({ status: 501 }) as Error);
    expect(planOf(text, {}, 1).queryInfo).toMatchObject({ rewrittenQuery: "" });
  });
});

test("a WHERE that fixes every component of the partition key is found", () => {
  const pinned = (text: string, paths = ["/tenant", "/user/id"]) =>
    pinnedPartitionKey(
      { query: prepareQuery(text), parameters: [{ name: "@t", value: 7 }] },
      paths,
    );
  expect(pinned("SELECT * FROM c WHERE c.n > 1 AND c.tenant = @t AND c.user.id = 'u'")).toEqual([
    7,
    "u",
  ]);
  expect(pinned("SELECT * FROM c WHERE c.tenant = 7")).toBeUndefined();
  expect(pinned("SELECT * FROM c WHERE c.tenant IN (1, 2)", ["/tenant"])).toBeUndefined();
  expect(pinned("SELECT * FROM c")).toBeUndefined();
});

/** Runs a plan the way the JavaScript SDK does: each partition by itself, then its own combination. */
const runPlanned = async (text: string, partitions: JsonObject[][]): Promise<JsonValue[]> => {
  const info = infoOf(text);
  const rewritten = String(info.rewrittenQuery || text).replace(
    "{documentdb-formattableorderbyquery-filter}",
    "true",
  );
  const answers = partitions.map((documents) => runAll(rewritten, [arraySource(documents)]));
  const sortOrder = info.orderBy as string[];
  if (sortOrder.length > 0) return merged(answers as OrderedRow[][], sortOrder);
  const context = {
    hasMoreResults: () => false,
    fetchMore: async () => ({ result: { buffer: answers.flat() }, headers: {} }),
  };
  const Component = info.hasSelectValue ? GroupByValueEndpointComponent : GroupByEndpointComponent;
  const component = new Component(context as never, info as never);
  const { result } = await component.fetchMore({} as never);
  return result.buffer;
};

type OrderedRow = { orderByItems: { item?: JsonValue }[]; payload: JsonValue };

const merged = (answers: OrderedRow[][], sortOrder: string[]): JsonValue[] => {
  const comparator = new OrderByDocumentProducerComparator(sortOrder);
  const producer = (rows: OrderedRow[], i: number) => ({
    gotSplit: () => false,
    peekBufferedItems: () => rows,
    getTargetPartitionKeyRange: () => ({ minInclusive: String(i) }),
    rows,
  });
  const producers = answers.map(producer);
  const found: JsonValue[] = [];
  for (;;) {
    const ready = producers.filter(({ rows }) => rows.length > 0);
    const [first] = ready.sort((a, b) => comparator.compare(a as never, b as never));
    const row = first?.rows.shift();
    if (!row) return found;
    found.push(row.payload);
  }
};

const documents = fc
  .array(fc.record({ g: fc.constantFrom("a", "b", "c"), n: fc.integer({ min: -5, max: 5 }) }), {
    minLength: 1,
    maxLength: 20,
  })
  .map((all) => all.map((one, i) => ({ ...one, id: String(i), _rid: String(i) })));

test.each([
  "SELECT * FROM c ORDER BY c.n",
  "SELECT c.id, c.n FROM c WHERE c.n > -3 ORDER BY c.g DESC, c.n ASC",
  "SELECT VALUE c.n FROM c ORDER BY c.n DESC",
  "SELECT VALUE COUNT(1) FROM c",
  "SELECT VALUE SUM(c.n) FROM c",
  "SELECT VALUE AVG(c.n) FROM c",
  "SELECT VALUE MIN(c.n) FROM c",
  "SELECT c.g, COUNT(1) AS n, MIN(c.n) AS low, AVG(c.n) AS mean FROM c GROUP BY c.g",
  "SELECT SUM(c.n) AS s, MAX(c.g) AS g, COUNTIF(c.n > 0) AS up FROM c",
  "SELECT VALUE c.g FROM c GROUP BY c.g",
])("%s: the SDK combines the partitions' answers to ours", async (text) => {
  await fc.assert(
    fc.asyncProperty(documents, async (all) => {
      const halves = [all.filter((_, i) => i % 2 === 0), all.filter((_, i) => i % 2 === 1)];
      const whole = runAll(
        text,
        halves.map((half) => arraySource(half)),
      );
      expect(await runPlanned(text, halves)).toEqual(whole);
    }),
    { numRuns: 50 },
  );
});
