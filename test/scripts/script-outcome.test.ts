import { describe, expect, test } from "vitest";
import { createScriptCache } from "../../local/cosmos/scripts/compiled-script.ts";
import { runScript } from "../../local/cosmos/scripts/run-script.ts";
import {
  bodyOf,
  container,
  errorsOf,
  FIRST_RID,
  failureOf,
  partitionOf,
  run,
} from "./script-fixture.ts";

const write = "__.createDocument(__.getSelfLink(), { id: 'a', projectId: 7 });";

describe("the response", () => {
  test.each([
    ["", ""],
    ["r.setBody(999)", 999],
    ["r.setBody('Success!')", "Success!"],
    ["r.setBody([1, { a: null }])", [1, { a: null }]],
    ["r.setBody(undefined)", ""],
    ["for (var i = 0; i < 10; i++) r.appendValue('Body', i)", "0123456789"],
    ["r.setBody(1); r.appendBody(2)", 3],
    ["r.setBody(null); r.appendBody({ a: 1 })", { a: 1 }],
    ["r.setValue('Body', 'x'); r.setBody(r.getValue('Body') + r.getBody())", "xx"],
    ["__.response.setBody(__.request.getBody())", [1, "two"]],
    ["for (var i = 0; i < 1000; i++) r.setBody(i)", 999],
  ])("of %j is %j", (body, expected) => {
    const text = `function () { var r = getContext().getResponse(); ${body}; }`;
    expect(bodyOf(run(text, { given: [1, "two"] }))).toEqual(expected);
  });

  test("has a greatest size, whichever way it grows", () => {
    const limits = { responseCharacters: 100 };
    for (const body of [
      "r.setBody('x'.repeat(101))",
      "r.setBody({ a: 'x'.repeat(100) })",
      "r.appendBody('x'.repeat(60)); r.appendBody('x'.repeat(60))",
    ]) {
      const error = failureOf(`function () { var r = __.response; ${body}; }`, { limits });
      expect([error.status, error.substatus]).toEqual([400, 413]);
      expect(errorsOf(error)).toContain('Resulting message would be too large because of "Body".');
    }
    const grown = "function () { var o = {}; __.response.setBody(o); o.a = 'x'.repeat(200); }";
    expect(failureOf(grown, { limits }).status).toBe(413);
    const exact = "function () { __.response.setBody('x'.repeat(98)); }";
    expect(run(exact, { limits }).bodyText).toHaveLength(100);
  });

  test("refuses properties that do not exist", () => {
    const text = (call: string) =>
      `function () { try { ${call} } catch (e) { __.response.setBody([e.number, e.message]); } }`;
    const unknown = run(text("__.response.setValue('x', 1)"));
    expect(bodyOf(unknown)).toEqual([400, "Cannot set new values: x"]);
    expect(bodyOf(run(text("__.response.setValue('constructor', 1)")))).toEqual([
      400,
      "Cannot set new values: constructor",
    ]);
  });
});

describe("the log", () => {
  test("joins its pieces without anything between, and replaces %s and %%", () => {
    const text = "function () { console.log('a %s', 1); console.log('50%% of %s', 'b', 'c'); }";
    expect(run(text, { isLogging: true }).log).toBe("a 150% of b");
  });

  test("is absent unless asked for, and then console.log does nothing at all", () => {
    expect(run("function () { console.log(5); }").log).toBeUndefined();
  });

  test("takes a text first, and only so much of it", () => {
    const wrong = failureOf("function () { console.log(5); }", { isLogging: true });
    expect(wrong.substatus).toBe(400);
    const long = "function () { for (var i = 0; i < 5; i++) console.log('é'.repeat(10)); }";
    const limits = { logCharacters: 240 };
    expect(failureOf(long, { isLogging: true, limits }).substatus).toBe(413);
    expect(run(long.replace("i < 5", "i < 4"), { isLogging: true, limits }).log).toHaveLength(40);
  });
});

describe("an exception", () => {
  test("rolls back and is told with its place", () => {
    const error = failureOf(`function fail() {\n  ${write}\n  throw new Error("no");\n}`);
    expect([error.status, error.substatus]).toEqual([400, 0]);
    expect(errorsOf(error)).toBe(
      "Encountered exception while executing Javascript. Exception = Error: no\r\n" +
        "Stack trace: Error: no\n    at fail (script.js:3:9)",
    );
  });

  test("in a callback rolls back what was written before", () => {
    const text = `function () { __.createDocument(__.getSelfLink(), { id: 'a', projectId: 7 }, function () {
      throw new Error(409, "conflict");
    }); }`;
    const error = failureOf(text);
    expect([error.status, error.substatus]).toEqual([400, 409]);
    expect(errorsOf(error)).toContain("Exception = Error: conflict");
  });

  test("can be any value", () => {
    expect(errorsOf(failureOf("function () { throw 'plain text'; }"))).toBe("plain text");
    expect(errorsOf(failureOf("function () { null.x; }"))).toContain("TypeError: Cannot read");
    expect(errorsOf(failureOf("function () { throw undefined; }"))).toContain("undefined");
    const trap = "{ toString: function () { throw 1; }, get number() { throw 2; } }";
    expect(errorsOf(failureOf(`function () { throw ${trap}; }`))).toContain("[unprintable]");
    expect(failureOf("function f() { f(); }").status).toBe(400);
  });

  test("that is caught changes nothing", () => {
    const text = `function () { try { throw new Error(5, "x"); } catch (e) { ${write} } }`;
    expect(run(text).writes).toHaveLength(1);
  });

  test("is an Error like any other for the script", () => {
    const text = `function () {
      class Mine extends Error { constructor() { super("mine"); this.name = "Mine"; } }
      var mine = new Mine(), plain = new Error("text"), coded = new Error(409, "coded");
      __.response.setBody([mine instanceof Mine, mine instanceof Error, String(mine), plain.message,
        plain.number === undefined, coded.number, coded.message, new TypeError("t") instanceof Error,
        Error("called").message, typeof plain.stack]);
    }`;
    expect(bodyOf(run(text))).toEqual([
      ...[true, true, "Mine: mine", "text", true, 409, "coded", true, "called", "string"],
    ]);
  });
});

describe("abort", () => {
  test("rolls back, even if the script catches it", () => {
    const text = `function () { ${write} try { getContext().abort(new Error(499, "stop")); } catch (e) {} }`;
    const error = failureOf(text);
    expect([error.status, error.substatus]).toEqual([400, 499]);
  });

  test("is the way to roll back from a promise", () => {
    const text = `function () { ${write} Promise.resolve().then(function () {
      try { getContext().abort("stop"); } catch (e) {}
    }); }`;
    expect(errorsOf(failureOf(text))).toBe("stop");
  });

  test("is the end: nothing is accepted after it", () => {
    const text = `function () {
      try { getContext().abort("first"); } catch (e) {}
      ${write}
    }`;
    expect(errorsOf(failureOf(text))).toBe("first");
  });
});

describe("promises", () => {
  test("work with async functions", () => {
    const text = `function () {
      const read = (id) => new Promise((ok, no) =>
        __.readDocument(__.getAltLink() + "/docs/" + id, (e, d) => (e ? no(e) : ok(d))));
      (async () => {
        const a = await read("a");
        try { await read("x"); } catch (e) { __.response.setBody([a.n, e.number]); }
      })();
    }`;
    expect(bodyOf(run(text, { data: partitionOf({ id: "a", projectId: 7, n: 1 }) }))).toEqual([
      1, 404,
    ]);
  });
});

describe("compiling", () => {
  test.each(["function () { x y }", "", "var a = 1", "0)} var leak; {(0"])(
    "fails for %j with 400/65535",
    (text) => {
      const error = failureOf(text);
      expect([error.status, error.substatus]).toEqual([400, 65535]);
      expect(errorsOf(error)).toContain("SyntaxError");
    },
  );

  test("takes named functions, arrows, comments and a last semicolon", () => {
    for (const text of [
      "function named() { __.response.setBody(1); };",
      "() => { __.response.setBody(1); }",
      "/* first */ function () { __.response.setBody(1); } // last",
    ]) {
      expect(bodyOf(run(text))).toBe(1);
    }
  });

  test("a value that is no function is an error", () => {
    expect(errorsOf(failureOf("5"))).toContain("The script is not a function.");
  });
});

test("with a deterministic cache the same arguments give the same result", () => {
  const script = `function () {
    var first = Date.now(), other = new Date().getTime(), r = Math.random();
    __.createDocument(__.getSelfLink(), { projectId: 7 }, function (e, d) {
      __.response.setBody([first, other, r, Date.now(), d.id, new Date(5).getTime(),
        new Date() instanceof Date, typeof Date()]);
    });
  }`;
  const once = () => {
    let clock = 20_000;
    const call = { container, pk: "[7]", firstRid: FIRST_RID, nowMs: 10_000, isLogging: false };
    return runScript({ ...call, script, argumentsText: "[]" }, partitionOf(), {
      cache: createScriptCache(true),
      nowMs: () => clock++,
    });
  };
  const [first, other, random, later, id, ...rest] = bodyOf(once()) as unknown[];
  expect([first, other, later, ...rest]).toEqual([10_000, 10_000, 20_000, 5, true, "string"]);
  expect([typeof random, typeof id]).toEqual(["number", "string"]);
  expect(once()).toEqual(once());
});
