import { badRequest } from "./cosmos-error.ts";
import type { JsonValue } from "./json.ts";

const MAX_NAME_BYTES = 255;
const MAX_ITEM_ID_BYTES = 1023;

/** Checks the id of a database, container or script; 400 with the reason otherwise. */
export const resourceName = (id: JsonValue | undefined): string => {
  const name = nonEmptyText(id);
  refuse(/[/\\#?]/.test(name), `The id "${name}" contains one of / \\ # ?, which ids cannot have.`);
  refuse(name.endsWith(" "), `The id "${name}" ends with a space.`);
  refuse(Buffer.byteLength(name) > MAX_NAME_BYTES, `An id has at most ${MAX_NAME_BYTES} bytes.`);
  return name;
};

/**
 * Checks the id of an item; 400 with the reason otherwise.
 *
 * source  https://learn.microsoft.com/azure/cosmos-db/concepts-limits
 */
export const itemId = (id: JsonValue | undefined): string => {
  const name = nonEmptyText(id);
  refuse(/[/\\#]/.test(name), `The item's id "${name}" contains one of / \\ #.`);
  refuse(
    name.length * 3 > MAX_ITEM_ID_BYTES && Buffer.byteLength(name) > MAX_ITEM_ID_BYTES,
    `An item's id has at most ${MAX_ITEM_ID_BYTES} bytes.`,
  );
  return name;
};

const nonEmptyText = (id: JsonValue | undefined): string => {
  if (typeof id === "string" && id !== "") return id;
  throw badRequest("The input content is invalid because the required property 'id' is missing.");
};

const refuse = (wrong: boolean, message: string): void => {
  if (wrong) throw badRequest(message);
};
