import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { expect, test } from "vitest";
import { Counter } from "../../domain/counter.ts";
import { describeErrors } from "../../domain/describe-errors.ts";
import { DrainFailure, drainFailureIn, drainFailureMessage } from "../../domain/drain-contract.ts";
import { insertionNumber } from "../../domain/insertion-number.ts";
import { TodoRequest } from "../../domain/todo-request.ts";
import { validRequest } from "./arbitraries.ts";

test("what a codec encodes it decodes to the same", () => {
  const counter = fc.record({
    id: fc.string(),
    projectId: fc.integer({ min: 1 }),
    type: fc.constant("counter" as const),
    lastId: fc.nat(),
  });
  fc.assert(
    fc.property(validRequest, counter, (request, anyCounter) => {
      expect(TodoRequest.decode(TodoRequest.encode(request))).toEqual(E.right(request));
      expect(Counter.decode(Counter.encode(anyCounter))).toEqual(E.right(anyCounter));
    }),
  );
});

test("an error names path and expectation, never the value", () => {
  const secret = { id: "a", projectId: "s3cret", type: "request", title: "" };
  const decoded = TodoRequest.decode(secret);
  expect(E.isLeft(decoded) && describeErrors(decoded.left)).toEqual([
    "projectId: expected an integer, 1 or more",
    "title: expected a text of 1 to 4096 characters, not all of them spaces",
  ]);
  const nothing = TodoRequest.decode("s3cret");
  expect(JSON.stringify(E.isLeft(nothing) && describeErrors(nothing.left))).not.toContain("s3cret");
});

test("insertion numbers sort as the numbers in the _rid do, whatever the kind of resource", () => {
  const number = fc.bigInt({ min: 0n, max: (1n << 60n) - 1n });
  fc.assert(
    fc.property(number, number, fc.nat({ max: 15 }), (one, other, kind) => {
      const [a, b] = [insertionNumber(rid(one, kind)), insertionNumber(rid(other, 0))];
      expect(a).toBe(one.toString(16).padStart(15, "0"));
      expect(a < b).toBe(one < other);
    }),
  );
});

test("something that is no _rid has an insertion number too", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(insertionNumber(text)).toMatch(/^[0-9a-f]*$/);
    }),
  );
});

test("Cosmos DB's text around a failure of the drain does not hide it", () => {
  for (const failure of Object.keys(DrainFailure.keys)) {
    const thrown = drainFailureMessage(failure as DrainFailure, "details");
    const text = `Message: {"Errors":["Encountered exception while executing Javascript. Exception = Error: ${thrown}\\r\\nStack trace: …"]}`;
    expect(drainFailureIn(text)).toBe(failure);
  }
  expect(drainFailureIn("Exception = Error: the drain-pipe: broke")).toBe(undefined);
});

const rid = (insertion: bigint, kind: number): string => {
  const bytes = Buffer.alloc(16, 0x22);
  bytes.writeBigUInt64LE(insertion | (BigInt(kind) << 60n), 8);
  return bytes.toString("base64").replaceAll("/", "-");
};
