import { describe, expect, test } from "vitest";
import { bodyOf, errorsOf, failureOf, partitionOf, run } from "./script-fixture.ts";

const stored = partitionOf({ id: "a", projectId: 7 });

/**
 * A script that looks at everything it can get hold of. `visit` follows prototypes, properties,
 * getters and constructors; an object is the host's unless its prototypes end in this realm's.
 */
const looking = (body: string): string => `function () {
  var found = [], seen = new Set(), own = new Set();
  function foreign(x) {
    for (var p = x; p !== null; p = Object.getPrototypeOf(p)) if (p === Object.prototype) return false;
    return !own.has(x) && !(Object.getPrototypeOf(x) === null && x === Object.prototype);
  }
  function visit(x, path) {
    if ((typeof x !== "object" && typeof x !== "function") || x === null || seen.has(x)) return;
    seen.add(x);
    if (foreign(x) && Object.getPrototypeOf(x) !== null) found.push(path);
    visit(Object.getPrototypeOf(x), path + ".[[Prototype]]");
    Reflect.ownKeys(x).forEach(function (key) {
      var d = Object.getOwnPropertyDescriptor(x, key);
      visit(d.value, path + "." + String(key));
      visit(d.get, path + ".get " + String(key));
      visit(d.set, path + ".set " + String(key));
      try { visit(x[key], path + "." + String(key)); } catch (e) { visit(e, path + " thrown"); }
    });
  }
  function done() { __.response.setBody(found.slice(0, 10)); }
  ${body}
}`;

describe("nothing of the host is reachable", () => {
  test.each([
    ["from the global object", "visit(globalThis, 'globalThis'); done();"],
    ["from the context", "visit(getContext(), 'context'); visit(__, '__'); done();"],
    [
      "from arguments and callers",
      "visit(arguments, 'arguments'); visit(arguments.callee, 'callee'); visit(arguments.callee.caller, 'caller'); done();",
    ],
    ["from this", "visit(this, 'this'); done();"],
    [
      "from what a callback gets",
      `__.readDocument(__.getAltLink() + "/docs/a", function () {
        visit(arguments, "read"); visit(arguments.callee.caller, "caller");
        __.readDocument(__.getAltLink() + "/docs/x", function () { visit(arguments, "missing");
          __.queryDocuments(__.getSelfLink(), "BROKEN", function () { visit(arguments, "query"); done(); }); });
      });`,
    ],
    [
      "from errors of the API and of the engine",
      `[ function () { __.createDocument(1, {}); }, function () { __.createDocument("x", "{"); },
        function () { null.x; }, function () { new Array(-1); }, function () { eval("1"); },
        function () { Function("1"); }, function () { (async function () {}).constructor("1"); },
        function () { (function* () {}).constructor("1"); }, function () { JSON.parse("{"); },
        function () { (async function* () {}).constructor("1"); }, function () { decodeURI("%"); },
        function () { new RegExp("("); }, function () { "x".repeat(-1); }, function () { 1n / 0n; },
        function () { setTimeout(done); }, function () { require("fs"); }, function () { process.exit(); },
      ].forEach(function (f, i) {
        try { f(); found.push("no error " + i); } catch (e) { visit(e, "error " + i); }
      });
      done();`,
    ],
    [
      "from arguments that trap",
      `var trap = new Proxy({}, { get: function (t, k, r) { visit(r, "receiver"); return undefined; },
        ownKeys: function (t) { visit(t, "target"); return []; } });
      var getter = { get id() { visit(this, "getter"); return "g"; }, projectId: 7,
        toJSON: function (key) { visit(key, "key"); visit(arguments.callee.caller, "caller"); return { id: "g", projectId: 7 }; } };
      [trap, getter].forEach(function (x) {
        try { __.createDocument(__.getSelfLink(), x, function () { visit(arguments, "callback"); }); } catch (e) { visit(e, "thrown"); }
        try { __.createDocument(__.getSelfLink(), getter, x, function () { visit(arguments, "callback"); }); } catch (e) { visit(e, "thrown"); }
        try { __.readDocument({ toString: function () { visit(this, "link"); return "x"; } }); } catch (e) { visit(e, "thrown"); }
      });
      __.response.setBody({ toJSON: function () { visit(arguments.callee.caller, "caller"); return found; } });`,
    ],
    [
      "from thenables",
      `var thenable = { then: function (ok, no) { visit(ok, "ok"); visit(no, "no"); visit(arguments.callee.caller, "caller"); ok(1); } };
      Promise.resolve(thenable).then(function (x) { visit(arguments, "then"); done(); });`,
    ],
  ])("%s", (_, body) => {
    expect(bodyOf(run(looking(body), { data: stored }))).toEqual([]);
  });

  test("when the stack overflows, in the script, the API and the stack trace", () => {
    const body = `
      var uses = [
        function () { __.createDocument(__.getSelfLink(), { projectId: 7 }); },
        function () { __.readDocument("x"); },
        function () { new Error("x").stack; },
        function () { Object.assign({}, { get x() { return new Error("y"); } }).x.stack; },
        function () { __.response.setBody({ a: 1 }); },
        function () { console.log("x"); },
        function () { getContext().getResponse(); },
        function () { JSON.stringify({ a: [1] }); },
      ];
      var tries = 0;
      function deep(use) {
        try { deep(use); } catch (e) {
          if (foreign(e)) found.push("overflow");
          if (++tries < 300) try { use(); e.stack; String(e); } catch (x) { if (foreign(x)) found.push("caught"); }
          throw e;
        }
      }
      function padded(n, use) { if (n > 0) padded(n - 1, use); else try { deep(use); } catch (e) { if (foreign(e)) found.push("end"); } }
      uses.forEach(function (use) { for (var i = 0; i < 8; i++) { tries = 0; padded(i, use); } });
      done();`;
    const limits = { operations: 10 };
    expect(bodyOf(run(looking(body), { data: stored, limits, isLogging: true }))).toEqual([]);
  });

  test("by a stack trace of the script's own making", () => {
    const text = `function () {
      var seen = [];
      try { Error.prepareStackTrace = function (e, frames) { seen.push(frames); return frames; }; } catch (e) {}
      try { Error.stackTraceLimit = 50; } catch (e) {}
      try { globalThis.Error = { prepareStackTrace: function () { seen.push(1); } }; } catch (e) {}
      try { Object.prototype.prepareStackTrace = function () { seen.push(2); }; } catch (e) {}
      var root = Object.getPrototypeOf(TypeError);
      try { root.prepareStackTrace = function () { seen.push(3); }; } catch (e) {}
      try { null.x; } catch (e) { e.stack; }
      var stack = new Error("x").stack;
      __.response.setBody([seen.length, root === Error, /node:|file:|prologue/.test(stack), typeof stack]);
    }`;
    expect(bodyOf(run(text))).toEqual([0, true, false, "string"]);
  });
});

describe("code from elsewhere", () => {
  test.each([
    "function () { import('fs').catch(function (e) { e.constructor.constructor('return process')(); }); }",
    "function () { import /* x */ ('fs'); }",
    "function () { import\n('fs'); }",
    "function () { import\u2028('fs'); }",
    "function () { import\ufeff('fs'); }",
    "function () { import// x\n('fs'); }",
    "function () { import<!-- x\n('fs'); }",
    "function () { [...import('fs')]; }",
    "function () { import.source('fs'); }",
    "function () { ({ [import('fs')]: 1 }); }",
    "function () { `$\u007bimport('fs')}`; }",
  ])("is refused: %j", (text) => {
    const error = failureOf(text);
    expect([error.status, error.substatus]).toEqual([400, 65535]);
  });

  test("is not seen where there is none", () => {
    const text =
      "function () { var importer = { reimport: 1 }; 'to import a file, import it'; $import; } , 0";
    expect(errorsOf(failureOf(`[${text.replace("$import;", "")}]`))).toContain("not a function");
    expect(
      bodyOf(
        run("function (a) { var imported = a; __.response.setBody(imported); }", { given: [1] }),
      ),
    ).toBe(1);
  });

  test("cannot be made of strings", () => {
    const text = `function () {
      var makers = [Function, (async function () {}).constructor, (function* () {}).constructor,
        (async function* () {}).constructor, eval, [].map.constructor, __.readDocument.constructor];
      __.response.setBody(makers.map(function (make) {
        try { make("return 1"); return "made"; } catch (e) { return e.name; }
      }));
    }`;
    expect(new Set(bodyOf(run(text)) as string[])).toEqual(new Set(["EvalError"]));
  });
});

describe("one execution does not see another", () => {
  /** Runs a script that does something and answers whether `sign` shows; then again. */
  const twice = (doing: string, sign: string): unknown[] => {
    const text = `function () { var before = ${sign}; try { ${doing} } catch (e) {} __.response.setBody(before); }`;
    return [bodyOf(run(text)), bodyOf(run(text))];
  };

  test.each([
    ["a global variable", "leak = 1;", "typeof leak !== 'undefined'"],
    [
      "a property of the global object",
      "globalThis.leak = 1; Object.defineProperty(globalThis, 'fixed', { value: 1 });",
      "'leak' in globalThis || 'fixed' in globalThis",
    ],
    [
      "a symbol on the global object",
      "globalThis[Symbol.for('leak')] = 1;",
      "Symbol.for('leak') in globalThis",
    ],
    [
      "the global object's prototype",
      "Object.setPrototypeOf(globalThis, { leak: 1 });",
      "'leak' in globalThis",
    ],
    [
      "a closed global object",
      "Object.preventExtensions(globalThis);",
      "!Object.isExtensible(globalThis)",
    ],
    ["Object.prototype", "Object.prototype.leak = 1;", "'leak' in {}"],
    [
      "a replaced built-in",
      "Array.prototype.push = function () { return 'leak'; };",
      "[].push(1) === 'leak'",
    ],
    [
      "a replaced getter",
      "Object.defineProperty(Object.prototype, 'toString', { value: 1 });",
      "typeof {}.toString !== 'function'",
    ],
    [
      "a built-in function's property",
      "JSON.parse.leak = 1; Math.leak = 1; Promise.leak = 1;",
      "'leak' in JSON.parse || 'leak' in Math || 'leak' in Promise",
    ],
    [
      "hidden prototypes",
      "(function* () {}).constructor.prototype.leak = 1; [].values().__proto__.leak = 1; [].values().map(String).__proto__.leak = 1; (async function () {}).__proto__.leak = 1; Object.getPrototypeOf(Object.getPrototypeOf((async function* () {})())).leak = 1; new Intl.Segmenter().segment('').__proto__.leak = 1;",
      "[(function* () {}), [].values(), [].values().map(String), (async function () {}), (async function* () {})(), new Intl.Segmenter().segment('')].some(function (x) { return 'leak' in x; })",
    ],
    [
      "the last regular expression",
      "/(secret)/.exec('secret');",
      "RegExp.$1 === 'secret' || RegExp.lastMatch === 'secret'",
    ],
    [
      "the collection object",
      "__.leak = 1; __.filter.leak = 1; Object.getPrototypeOf(__).leak = 1; getContext().leak = 1; getContext = 1; __ = 1; console.log = 1; console.leak = 1; ErrorCodes.leak = 1;",
      "'leak' in __ || 'leak' in __.filter || 'leak' in getContext() || 'leak' in console || 'leak' in ErrorCodes || typeof console.log !== 'function'",
    ],
    [
      "the Error function",
      "Error.leak = 1; Error.prototype.leak = 1; Error.prototype.name = 'leak';",
      "'leak' in Error || 'leak' in new Error() || new Error().name === 'leak'",
    ],
    [
      "a template object",
      "(function (t) { t.leak = 1; t.raw.leak = 1; })``;",
      "(function (t) { return 'leak' in t; })``",
    ],
  ])("%s", (_, doing, sign) => {
    expect(twice(doing, sign)).toEqual([false, false]);
  });

  test("objects can still have properties named like built-in ones", () => {
    const text = `function () { "use strict";
      var o = {}; o.toString = function () { return "mine"; }; o.constructor = 1; o.hasOwnProperty = 2;
      function Old() {} Old.prototype = Object.create(Error.prototype); Old.prototype.name = "Old";
      Old.prototype.constructor = Old; var e = new Old(); e.message = "m";
      function f() {} f.toString = function () { return "f"; };
      undeclaredElsewhere = typeof undeclaredElsewhere;
    }`;
    expect(failureOf(text).message).toContain("undeclaredElsewhere is not defined");
    const fine = text.replace(
      /undeclaredElsewhere.*;/,
      "__.response.setBody([String(o), o.constructor, Object.keys(o).length, String(e), String(f)]);",
    );
    expect(bodyOf(run(fine))).toEqual(["mine", 1, 3, "Old: m", "f"]);
    const sloppy = "function () { for (i = 0; i < 3; i++); __.response.setBody(i); }";
    expect([bodyOf(run(sloppy)), bodyOf(run(sloppy))]).toEqual([3, 3]);
  });

  test("what outlives a script or allocates outside its heap is not there", () => {
    const text = `function () { __.response.setBody(["ArrayBuffer", "SharedArrayBuffer", "Atomics",
      "WebAssembly", "Uint8Array", "Float64Array", "BigInt64Array", "DataView", "WeakRef",
      "FinalizationRegistry", "setTimeout", "setImmediate", "queueMicrotask", "process", "require",
      "Buffer", "fetch", "structuredClone"].filter(function (name) { return name in globalThis; })); }`;
    expect(bodyOf(run(text))).toEqual([]);
    const there =
      "function () { __.response.setBody([typeof Date.now(), typeof Math.random(), typeof Map]); }";
    expect(bodyOf(run(there))).toEqual(["number", "number", "function"]);
  });
});
