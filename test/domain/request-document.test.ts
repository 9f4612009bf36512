import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, test } from "vitest";
import { Counter } from "../../domain/counter.ts";
import { explain, Reason, rejections } from "../../domain/rejection.ts";
import { decodeRequest, isPendingRequest, RequestDocument } from "../../domain/request-document.ts";
import { Todo } from "../../domain/todo.ts";
import { MAX_REQUEST_ID_BYTES, MAX_TITLE_LENGTH, TodoRequest } from "../../domain/todo-request.ts";
import { utf8Bytes } from "../../domain/utf8-bytes.ts";
import { junkDocument, validRequest } from "./arbitraries.ts";

const request = { id: "a", projectId: 7, type: "request", title: "t" } as const;

describe("a stray document", () => {
  test("of any shape is decoded or refused, and never throws", () => {
    fc.assert(
      fc.property(junkDocument, (document) => {
        const answers = [isPendingRequest(document), Todo.is(document), Counter.is(document)];
        expect(answers.every((answer) => typeof answer === "boolean")).toBe(true);
        if (!RequestDocument.is(document)) return;
        const decoded = decodeRequest(document);
        expect(E.isRight(decoded)).toBe(TodoRequest.is(document));
        if (E.isLeft(decoded)) expect(Reason.is(decoded.left)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    [null],
    [7],
    ["request"],
    [[]],
    [{}],
    [{ ...request, type: "invoice" }],
    [{ ...request, id: 1 }],
    [{ ...request, id: "" }],
    [{ ...request, status: "done" }],
    [{ ...request, status: "rejected" }],
  ])("%j is not pending", (document) => {
    expect(isPendingRequest(document)).toBe(false);
  });
});

describe("a valid request", () => {
  test("is decoded to exactly its own fields, whatever else its document carries", () => {
    fc.assert(
      fc.property(validRequest, (valid) => {
        const document = { extra: { deep: [1] }, ...valid, _ts: 1, status: "pending" };
        expect(isPendingRequest(document)).toBe(true);
        expect(decodeRequest(document)).toEqual(E.right(valid));
      }),
    );
  });

  test("may be as long as the limits allow", () => {
    const id = "é".repeat((MAX_REQUEST_ID_BYTES - 1) / 2);
    const longest = { ...request, id: `${id}x`, title: "t".repeat(MAX_TITLE_LENGTH) };
    expect(decodeRequest(longest)).toEqual(E.right(longest));
  });
});

test.each([
  ["project-id-invalid", { ...request, projectId: "7" }],
  ["project-id-invalid", { ...request, projectId: 0 }],
  ["project-id-invalid", { ...request, projectId: 1.5 }],
  ["project-id-invalid", { ...request, projectId: 2 ** 53 }],
  ["project-id-invalid", { id: "a", type: "request" as const, title: "t" }],
  ["id-too-long", { ...request, id: "x".repeat(MAX_REQUEST_ID_BYTES + 1) }],
  ["id-too-long", { ...request, id: "é".repeat(128) }],
  ["title-missing", { id: "a", projectId: 7, type: "request" as const }],
  ["title-missing", { ...request, title: null }],
  ["title-not-text", { ...request, title: 5 }],
  ["title-not-text", { ...request, title: { text: "t" } }],
  ["title-empty", { ...request, title: "" }],
  ["title-empty", { ...request, title: " \t\n" }],
  ["title-too-long", { ...request, title: "t".repeat(MAX_TITLE_LENGTH + 1) }],
] as const)("%s (case %#)", (reason, document) => {
  expect(decodeRequest(document)).toEqual(E.left(reason));
});

test("each reason tells its sender what to do, in one sentence", () => {
  for (const reason of Object.keys(rejections)) {
    expect(Reason.is(reason) && explain(reason)).toMatch(/^[A-Z].*\.$/);
  }
});

test("bytes are counted as UTF-8 has them", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(utf8Bytes(text)).toBe(Buffer.byteLength(text));
    }),
  );
});
