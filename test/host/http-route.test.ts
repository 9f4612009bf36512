import { describe, expect, test } from "vitest";
import { matchRoute, parseRoute } from "../../local/host/http-route.ts";

const match = (template: string, path: string) =>
  matchRoute(parseRoute(template, ["GET"]), path.split("/").filter(Boolean));

describe("the route of an HTTP function", () => {
  test.each([
    ["api/projects/{projectId}/todos", "api/projects/42/todos", { projectId: "42" }],
    ["api/projects/{projectId}/todos", "API/Projects/42/TODOS", { projectId: "42" }],
    ["api/requests/{id}", "api/requests/a%2Fb%20c", { id: "a/b c" }],
    ["api/requests/{id?}", "api/requests", {}],
    ["api/files/{*path}", "api/files/a/b/c", { path: "a/b/c" }],
    ["api/bad/{id}", "api/bad/%zz", { id: "%zz" }],
  ])("%s matches /%s", (template, path, params) => {
    expect(match(template, path)).toEqual(params);
  });

  test.each([
    ["api/projects/{projectId}/todos", "api/projects/42"],
    ["api/projects/{projectId}", "api/projects/42/todos"],
    ["api/projects/{projectId}", "api/todos/42"],
    ["api/requests/{id}", "api/requests"],
  ])("%s does not match /%s", (template, path) => {
    expect(match(template, path)).toBeUndefined();
  });

  test("a constraint is refused by its text", () => {
    expect(() => parseRoute("api/projects/{projectId:int}", ["GET"])).toThrow("{projectId:int}");
  });
});
