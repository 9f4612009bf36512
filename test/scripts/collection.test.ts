import { describe, expect, test } from "vitest";
import {
  bodyOf,
  container,
  errorsOf,
  failureOf,
  partitionOf,
  ridOf,
  run,
} from "./script-fixture.ts";

const stored = partitionOf(
  { id: "a", projectId: 7, n: 1 },
  { id: "b", projectId: 7, n: 2 },
  { id: "c", projectId: 7, n: 3 },
);

/** Runs a body with the collection as `c`, its links, and `answer`; throws nothing by itself. */
const script = (body: string): string => `function () {
  var c = getContext().getCollection(), self = c.getSelfLink(), alt = c.getAltLink();
  function answer(value) { getContext().getResponse().setBody(value === undefined ? null : value); }
  ${body}
}`;

describe("reading", () => {
  test("a document is found by its name and by its self link", () => {
    const byName = run(script("c.readDocument(alt + '/docs/a', function (e, d) { answer(d); });"), {
      data: stored,
    });
    expect(bodyOf(byName)).toMatchObject({ id: "a", n: 1, _rid: ridOf(1), _etag: '"etag-1"' });
    const bySelf = run(
      script(`c.readDocument(alt + '/docs/b', function (e, d) {
        c.readDocument(d._self, function (e2, again) { answer(again.n); });
      });`),
      { data: stored },
    );
    expect(bodyOf(bySelf)).toBe(2);
    expect(bySelf.cost.reads).toHaveLength(2);
  });

  test("a missing document is 404 for the callback, and the script goes on", () => {
    const result = run(
      script(`c.readDocument(alt + '/docs/x', function (e, d) {
        answer({ number: e.number, body: e.body, message: e.message, d: typeof d });
      });`),
    );
    const text = '{"Errors":["Resource Not Found."]}';
    expect(bodyOf(result)).toEqual({ number: 404, body: text, message: text, d: "undefined" });
  });

  test("a document that is as the script knows it is not sent again", () => {
    const result = run(
      script(`c.readDocument(alt + '/docs/a', { ifNoneMatch: '"etag-1"' }, function (e, d, o) {
        answer([e === undefined, d === undefined, o]);
      });`),
      { data: stored },
    );
    expect(bodyOf(result)).toEqual([true, true, { notModified: true }]);
  });

  test("queries and lists come in pages", () => {
    const result = run(
      script(`var pages = [];
      function next(continuation) {
        var options = { pageSize: 2, continuation: continuation };
        c.queryDocuments(self, 'SELECT * FROM c', options, function (e, rows, info) {
          pages.push(rows.length);
          if (info.continuation) return next(info.continuation);
          c.readDocuments(alt, function (e2, all) { pages.push(all.length); answer(pages); });
        });
      }
      next();`),
      { data: stored },
    );
    expect(bodyOf(result)).toEqual([2, 1, 3]);
    expect(result.cost.queries.map(({ returned }) => returned)).toEqual([2, 1, 3]);
  });

  test("a wrong query is an error for the callback", () => {
    const text = "c.queryDocuments(self, 'BROKEN', function (e) { answer([e.number, e.body]); });";
    expect(bodyOf(run(script(text)))).toEqual([400, '{"Errors":["Syntax error"]}']);
  });

  test("a query does not see what the script wrote, a point read does", () => {
    const result = run(
      script(`c.createDocument(self, { id: 'd', projectId: 7 }, function (e, d) {
        c.queryDocuments(self, 'SELECT * FROM c', function (e2, rows) {
          c.readDocument(d._self, function (e3, read) { answer([rows.length, read.id]); });
        });
      });`),
      { data: stored },
    );
    expect(bodyOf(result)).toEqual([3, "d"]);
  });
});

describe("writing", () => {
  test("a created document has its system properties at once", () => {
    const result = run(
      script("c.createDocument(self, { id: 'd', projectId: 7 }, function (e, d) { answer(d); });"),
    );
    const document = bodyOf(result) as Record<string, unknown>;
    expect(document).toMatchObject({ id: "d", _rid: ridOf(1000), _ts: 10 });
    expect(document._self).toBe(
      `dbs/${container.databaseRid}/colls/${container.rid}/docs/${ridOf(1000)}/`,
    );
    expect(result.writes).toEqual([
      {
        id: "d",
        expect: null,
        put: { rid: 1000, etag: document._etag, body: { id: "d", projectId: 7 } },
      },
    ]);
  });

  test("the write set holds the last state and the first etag of each document", () => {
    const result = run(
      script(`c.readDocument(alt + '/docs/a', function (e, a) {
        a.n = 10;
        c.replaceDocument(a._self, a, { etag: a._etag }, function (e2, again) {
          again.n = 11;
          c.replaceDocument(again._self, again, { etag: again._etag });
          c.deleteDocument(alt + '/docs/b');
          c.upsertDocument(self, { id: 'e', projectId: 7 });
          c.upsertDocument(self, { id: 'c', projectId: 7, n: 30 });
          c.createDocument(self, { id: 'gone', projectId: 7 });
          c.deleteDocument(alt + '/docs/gone');
        });
      });`),
      { data: stored },
    );
    expect(result.writes.map(({ id, expect, put }) => [id, expect, put?.rid, put?.body.n])).toEqual(
      [
        ["a", '"etag-1"', 1, 11],
        ["b", '"etag-2"', undefined, undefined],
        ["e", null, 1000, undefined],
        ["c", '"etag-3"', 3, 30],
      ],
    );
    expect(new Set(result.writes.map(({ put }) => put?.etag)).size).toBe(4);
  });

  test("a document that is deleted and created again is a new one", () => {
    const result = run(
      script(`c.deleteDocument(alt + '/docs/a', function () {
        c.createDocument(self, { id: 'a', projectId: 7 });
      });`),
      { data: stored },
    );
    expect(result.writes).toMatchObject([
      { id: "a", expect: '"etag-1"' },
      { id: "a", expect: null, put: { rid: 1000 } },
    ]);
  });

  test.each([
    ["an id that exists", "c.createDocument(self, { id: 'a', projectId: 7 }, seen)", 409],
    [
      "an etag that is not the present one",
      "c.replaceDocument(alt + '/docs/a', { id: 'a', projectId: 7 }, { etag: 'x' }, seen)",
      412,
    ],
    [
      "an upsert with an old etag",
      "c.upsertDocument(self, { id: 'a', projectId: 7 }, { etag: 'x' }, seen)",
      412,
    ],
    ["a delete with an old etag", "c.deleteDocument(alt + '/docs/a', { etag: 'x' }, seen)", 412],
    [
      "replacing what does not exist",
      "c.replaceDocument(alt + '/docs/x', { id: 'x', projectId: 7 }, seen)",
      404,
    ],
    ["deleting what does not exist", "c.deleteDocument(alt + '/docs/x', seen)", 404],
    [
      "a new id for a document",
      "c.replaceDocument(alt + '/docs/a', { id: 'z', projectId: 7 }, seen)",
      400,
    ],
    ["an id with a slash", "c.createDocument(self, { id: 'a/b', projectId: 7 }, seen)", 400],
    [
      "a body that is no object",
      "c.createDocument(self, '[1]', { disableAutomaticIdGeneration: true }, seen)",
      400,
    ],
    [
      "no id, and none made",
      "c.createDocument(self, { projectId: 7 }, { disableAutomaticIdGeneration: true }, seen)",
      400,
    ],
    [
      "more than 2 MB",
      "c.createDocument(self, { id: 'z', projectId: 7, t: 'é'.repeat(1050000) }, seen)",
      413,
    ],
  ])("%s is an error for the callback and leaves no write", (_, call, status) => {
    const text = script(`function seen(e) { answer(e ? e.number : 0); } ${call};`);
    const result = run(text, { data: stored });
    expect(bodyOf(result)).toBe(status);
    expect(result.writes).toEqual([]);
  });

  test("a document of another partition key is refused in the service's words", () => {
    const text = script(
      "c.createDocument(self, { id: 'd', projectId: 8 }, function (e) { answer([e.number, e.body]); });",
    );
    expect(bodyOf(run(text))).toEqual([
      400,
      '{"Errors":["Requests originating from scripts cannot reference partition keys other than the one for which client request was submitted."]}',
    ]);
  });

  test("an id is made where none is given, and the script's object stays as it was", () => {
    const result = run(
      script(`var body = { projectId: 7 };
      c.createDocument(self, body, function (e, d) { answer([d.id, body.id === undefined]); });`),
    );
    const [id, untouched] = bodyOf(result) as [string, boolean];
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    expect(untouched).toBe(true);
  });

  test("a field named __proto__ is kept", () => {
    const body = `'{"id":"d","projectId":7,"__proto__":{"x":1}}'`;
    const [write] = run(script(`c.createDocument(self, ${body});`)).writes;
    expect(JSON.stringify(write?.put?.body)).toBe('{"id":"d","projectId":7,"__proto__":{"x":1}}');
  });
});

describe("wrong calls throw at once", () => {
  test.each([
    [
      "c.readDocument()",
      'The function "readDocument" requires at least 1 argument(s) but was called with 0 argument(s).',
    ],
    [
      "c.createDocument(self)",
      'The function "createDocument" requires at least 2 argument(s) but was called with 1 argument(s).',
    ],
    [
      "c.createDocument(self, null)",
      "The document body must be an object or a string representing a JSON-serialized object.",
    ],
    [
      "c.readDocument(alt + '/docs/a', 5)",
      'The "options" parameter must be of type "object". Actual type is: "number".',
    ],
    [
      "c.readDocument(alt + '/docs/a', {}, {})",
      'The "callback" parameter must be of type "function". Actual type is: "object".',
    ],
    [
      "c.queryDocuments(self, 5)",
      'The "filterQuery" parameter must be of type "string" or "object". Actual type is: "number".',
    ],
    ["c.createDocument('x', {})", 'Invalid collection link: "x".'],
    ["c.readDocument(alt)", 'Invalid document link: "dbs/todos/colls/items".'],
    [
      "c.readDocument(alt + 'x/docs/a')",
      "Function is not allowed to operate on resources outside current collection",
    ],
    [
      "c.createDocument('dbs/a/colls/b', {})",
      "Function is not allowed to operate on resources outside current collection",
    ],
    [
      "c.filter(function () {})",
      'The embedded server does not implement the collection function "filter".',
    ],
  ])("%s", (call, message) => {
    const text = script(`try { ${call}; } catch (e) { answer([e.number, e.message]); }`);
    const [number, thrown] = bodyOf(run(text)) as [number, string];
    expect(number).toBe(call.includes("filter") ? 501 : 400);
    expect(thrown).toContain(message);
  });
});

describe("accepting", () => {
  const counting = script(`var accepted = 0;
    for (var i = 0; i < 5; i++) {
      if (c.createDocument(self, { id: 'd' + i, projectId: 7 }, function () { count++; answer(count); })) accepted++;
    }
    var count = 0;
    answer(0);
    if (accepted !== EXPECTED) throw new Error('accepted ' + accepted);`);

  test("after its number of operations nothing is accepted and no callback runs", () => {
    const result = run(counting.replace("EXPECTED", "3"), { limits: { operations: 3 } });
    expect(bodyOf(result)).toBe(3);
    expect(result.isRefused).toBe(true);
    expect(result.writes.map(({ id }) => id)).toEqual(["d0", "d1", "d2"]);
  });

  test("the number and size of writes have a limit", () => {
    expect(run(counting.replace("EXPECTED", "2"), { limits: { writes: 2 } }).writes).toHaveLength(
      2,
    );
    const limits = { writtenCharacters: 70 };
    expect(run(counting.replace("EXPECTED", "2"), { limits }).writes).toHaveLength(2);
  });

  test("when its time is nearly over nothing is accepted", () => {
    const result = run(counting.replace("EXPECTED", "0"), { limits: { acceptForMs: 0 } });
    expect(result.isRefused).toBe(true);
    expect(result.writes).toEqual([]);
  });

  test("everything is accepted below the limits", () => {
    const result = run(counting.replace("EXPECTED", "5"));
    expect([result.isRefused, result.writes.length]).toEqual([false, 5]);
  });
});

describe("callbacks", () => {
  test("run after the calling function has returned, in the order of the calls", () => {
    const result = run(
      script(`var order = [];
      c.readDocument(alt + '/docs/a', function () {
        order.push('first');
        c.readDocument(alt + '/docs/a', function () { order.push('nested'); answer(order); });
      });
      c.readDocument(alt + '/docs/b', function () { order.push('second'); });
      order.push('returned');`),
      { data: stored },
    );
    expect(bodyOf(result)).toEqual(["returned", "first", "second", "nested"]);
  });

  test("an error without a callback ends the script", () => {
    const error = failureOf(script("c.deleteDocument(alt + '/docs/x'); answer(1);"));
    expect([error.status, error.substatus]).toEqual([400, 404]);
    expect(errorsOf(error)).toContain("Resource Not Found.");
  });

  test("a thousand callbacks in a row need no stack", () => {
    const result = run(
      script(`var n = 0;
      function step() { n++; if (n > 20000) return answer(n); c.readDocument(alt + '/docs/a', step); }
      step();`),
      { data: stored },
    );
    expect(bodyOf(result)).toBe(20001);
  });
});
