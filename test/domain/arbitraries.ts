import fc from "fast-check";

/** Any document that JSON can carry, more often than not with fields that look like ours. */
export const junkDocument = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      id: fc.oneof(fc.string(), fc.constantFrom("counter", "todo:x"), fc.jsonValue()),
      projectId: fc.oneof(fc.integer(), fc.double(), fc.constantFrom("7", null), fc.jsonValue()),
      type: fc.oneof(fc.constantFrom("request", "todo", "counter", "invoice"), fc.jsonValue()),
      title: fc.oneof(fc.string({ unit: "grapheme" }), fc.jsonValue()),
      status: fc.oneof(fc.constantFrom("pending", "done", "rejected"), fc.jsonValue()),
      todoId: fc.oneof(fc.integer(), fc.jsonValue()),
      lastId: fc.oneof(fc.integer(), fc.jsonValue()),
    },
    { requiredKeys: [] },
  ),
);

export const validRequest = fc.record({
  id: fc.string({ minLength: 1, maxLength: 60, unit: "binary" }),
  projectId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  type: fc.constant("request" as const),
  title: fc
    .string({ minLength: 1, maxLength: 100, unit: "binary" })
    .filter((title) => title.trim() !== ""),
});
