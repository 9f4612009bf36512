import { expect } from "vitest";
import { runAsIdentity } from "./command-of-identity.ts";
import { theRolesOf } from "./granted-roles.ts";
import { rolesOfProgram } from "./roles-of-program.ts";
import { writeProject } from "./written-project.ts";

rolesOfProgram({
  name: "an auditor",
  roles: theRolesOf("-auditor"),
  // What has lost its other half is looked up: requests by id, todos by number.
  run: async (deployment) => {
    const { items } = deployment.owner.items;
    await writeProject(deployment.owner.items, 1);
    await writeProject(deployment.owner.items, 2);
    const both = { projectId: 2, todoId: 2, title: "t" };
    await items.create({ id: "r9", type: "request", status: "done", ...both });
    await items.create({ id: "todo:r8", type: "todo", requestId: "r8", ...both, todoId: 3 });
    const events = await runAsIdentity(deployment, ["verify"]);
    const report = events.find(({ event }) => event === "verified");
    const violations = report?.violations as readonly { readonly kind: string }[];
    const kinds = new Set(violations.map(({ kind }) => kind));
    expect(kinds).toContain("request-without-todo");
    expect(kinds).toContain("todo-without-request");
  },
});
