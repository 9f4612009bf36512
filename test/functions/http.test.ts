import { HttpRequest, type HttpResponseInit, InvocationContext } from "@azure/functions";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSubmitter, type Submitter } from "../../client/submit.ts";
import { listTodos } from "../../functions/http/list-todos.ts";
import { readRequest } from "../../functions/http/read-request.ts";
import { type Route, replying } from "../../functions/http/replies.ts";
import { submitRequest } from "../../functions/http/submit-request.ts";
import { type DrainedAccount, startDrainedAccount } from "../sprocs/drained-account.ts";

let account: DrainedAccount;
let submitter: Submitter;
beforeAll(async () => {
  account = await startDrainedAccount();
  submitter = createSubmitter(account.container);
});
afterAll(async () => {
  await submitter.close();
  await account.close();
});

type Call = { params?: Record<string, string>; query?: Record<string, string>; body?: unknown };

const reply = async (route: Route, { params = {}, query = {}, body }: Call) => {
  const request = new HttpRequest({
    method: body === undefined ? "GET" : "POST",
    url: "http://127.0.0.1/api",
    params,
    query,
    ...(body !== undefined && {
      body: { string: typeof body === "string" ? body : JSON.stringify(body) },
    }),
  });
  const context = new InvocationContext({ logHandler: () => undefined });
  return (await replying(route)(request, context)) as HttpResponseInit;
};

const post = (projectId: string, body: unknown) =>
  reply(submitRequest(submitter), { params: { projectId }, body });

const getRequest = (projectId: string, id: string) =>
  reply(readRequest(account.container), { params: { projectId, id } });

const getTodos = (projectId: string, query: Record<string, string> = {}) =>
  reply(listTodos(account.container), { params: { projectId }, query });

describe("submitting a request", () => {
  test("is answered with 202 and the address of the request", async () => {
    const { status, headers, jsonBody } = await post("1", { title: "t", id: "my id" });
    expect(status).toBe(202);
    expect(headers).toEqual({ Location: "/api/projects/1/requests/my%20id" });
    expect(jsonBody).toMatchObject({ id: "my id", projectId: 1 });
    expect((await getRequest("1", "my id")).jsonBody).toEqual({
      id: "my id",
      projectId: 1,
      title: "t",
      status: "pending",
    });
  });

  test("without an id gives it one", async () => {
    const { status, jsonBody } = await post("1", { title: "t" });
    expect(status).toBe(202);
    expect((await getRequest("1", jsonBody.id)).jsonBody).toMatchObject({ status: "pending" });
  });

  test("twice is the same as once, even when it is done already", async () => {
    await post("2", { title: "t", id: "a" });
    expect((await post("2", { title: "t", id: "a" })).status).toBe(202);
    await account.drain(2);
    expect((await post("2", { title: "t", id: "a" })).status).toBe(202);
    expect((await getRequest("2", "a")).jsonBody).toMatchObject({ status: "done", todoId: 1 });
  });

  test("is answered with 409 only when the id belongs to something else", async () => {
    await post("3", { title: "t", id: "a" });
    const { status, jsonBody } = await post("3", { title: "other", id: "a" });
    expect(status).toBe(409);
    expect(jsonBody.error).toContain("new id");
  });

  test.each([
    ["7", "not JSON"],
    ["7", "[]"],
    ["7", { id: "a" }],
    ["7", { title: 7 }],
    ["7", { title: "" }],
    ["7", { title: "t".repeat(4097) }],
    ["7", { title: "t", id: 7 }],
    ["7", { title: "t", id: "" }],
    ["7", { title: "t", id: "a/b" }],
    ["7", { title: "t", id: "x".repeat(256) }],
    ["0", { title: "t" }],
    ["x", { title: "t" }],
    ["1e3", { title: "t" }],
    ["9007199254740993", { title: "t" }],
  ])(
    "that can never become a todo is answered with 400 and reasons (case %#)",
    async (projectId, body) => {
      const { status, jsonBody } = await post(projectId, body);
      expect(status).toBe(400);
      expect(jsonBody.error).toMatch(/\.$/);
    },
  );

  test("with a huge body is answered with 413", async () => {
    expect((await post("7", { title: "t".repeat(70_000) })).status).toBe(413);
  });
});

describe("reading a request", () => {
  test("tells why it was rejected and what to do", async () => {
    await account.container.items.create({ id: "a", projectId: 4, type: "request", title: 5 });
    await account.drain(4);
    expect((await getRequest("4", "a")).jsonBody).toEqual({
      id: "a",
      projectId: 4,
      title: 5,
      status: "rejected",
      reason: "title-not-text",
      explanation: "The title must be a text.",
    });
  });

  test.each([["nobody"], ["counter"], ["todo:a"], ["a/b"], ["?"]])(
    "that is none, %s, is answered with 404",
    async (id) => {
      await post("5", { title: "t", id: "a" });
      await account.drain(5);
      expect((await getRequest("5", id)).status).toBe(404);
    },
  );
});

describe("listing todos", () => {
  test("goes page by page through all of them in order", async () => {
    await submitter.submitMany(
      Array.from({ length: 25 }, (_, n) => ({ projectId: 6, title: `t${n}`, id: `r${n}` })),
      { maxOutstanding: 1 },
    );
    await account.drain(6);
    const seen: unknown[] = [];
    let query: Record<string, string> = { limit: "10" };
    for (let page = 1; page <= 3; page++) {
      const { jsonBody } = await getTodos("6", query);
      seen.push(...jsonBody.todos);
      expect(jsonBody.continuation).toBe(page < 3 ? String(page * 10) : undefined);
      query = { limit: "10", continuation: jsonBody.continuation };
    }
    expect(seen).toEqual(
      Array.from({ length: 25 }, (_, n) => ({ todoId: n + 1, title: `t${n}`, requestId: `r${n}` })),
    );
  });

  test("of a project that has none is an empty page", async () => {
    expect((await getTodos("99")).jsonBody).toEqual({ projectId: 99, todos: [] });
  });

  test.each([[{ limit: "0" }], [{ limit: "1001" }], [{ limit: "x" }], [{ continuation: "-1" }]])(
    "with %j is answered with 400",
    async (query) => {
      expect((await getTodos("6", query as Record<string, string>)).status).toBe(400);
    },
  );
});
