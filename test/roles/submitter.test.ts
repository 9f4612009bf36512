import { expect } from "vitest";
import { createSubmitter } from "../../client/submit.ts";
import { theRolesOf } from "./granted-roles.ts";
import { rolesOfProgram } from "./roles-of-program.ts";

rolesOfProgram({
  name: "a submitter",
  roles: theRolesOf("-submitter"),
  // Alone, in a transaction, in bulk; each over ids that are taken, too.
  run: async (deployment) => {
    const submitter = createSubmitter(deployment.asIdentity().items);
    const kinds: string[] = [];
    const submit = async (...requests: readonly (readonly [projectId: number, id: string])[]) => {
      const all = requests.map(([projectId, id]) =>
        submitter.submit({ projectId, id, title: `title of ${id}` }),
      );
      for (const { kind } of await Promise.all(all)) kinds.push(kind);
    };
    await submit([1, "a"]);
    await submit([1, "a"]);
    await submit([1, "b"], [1, "a"], [1, "c"]);
    await submit([2, "a"], [3, "a"], [1, "a"], [4, "a"]);
    await submitter.close();
    expect(kinds.filter((kind) => kind === "accepted")).toHaveLength(6);
    expect(kinds.filter((kind) => kind === "already-accepted")).toHaveLength(3);
    // A taken id is looked up at once, not found out by sending everybody alone.
    const alone = deployment.seen.filter((each) => each.startsWith("POST") && each.endsWith("409"));
    expect(alone).toHaveLength(1);
    const { endpoint } = deployment.settings.account;
    expect(deployment.tokensAskedFor()).toEqual([endpoint.slice(0, -1)]);
  },
});
