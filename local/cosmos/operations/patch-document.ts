import { badRequest } from "../cosmos-error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import type { PartitionKeyDefinition } from "../partitioning/effective-partition-key.ts";

export type PatchOperation = {
  readonly op: "add" | "set" | "replace" | "remove" | "incr" | "move";
  readonly path: readonly string[];
  readonly value: JsonValue | undefined;
  readonly from: readonly string[];
};

export type PatchRequest = {
  readonly condition: string | undefined;
  readonly operations: readonly PatchOperation[];
};

/** Operations in one patch; https://learn.microsoft.com/azure/cosmos-db/partial-document-update */
const MAX_OPERATIONS = 10;

type Mutable = MutableObject | MutableValue[];
type MutableObject = { [key: string]: MutableValue };
type MutableValue = JsonValue | Mutable;

/**
 * Applies patch operations in their order; 400 says which one cannot be applied, and none is then.
 *
 * source  https://learn.microsoft.com/azure/cosmos-db/partial-document-update
 */
export const patchDocument = (
  document: JsonObject,
  operations: readonly PatchOperation[],
): JsonObject => {
  const patched = structuredClone(document) as MutableObject;
  for (const operation of operations) applyOperation(patched, operation);
  return patched as JsonObject;
};

const applyOperation = (document: MutableObject, operation: PatchOperation): void => {
  const { op, path, value } = operation;
  if (op === "move") {
    const moved = valueAt(document, operation.from);
    if (moved === undefined) throw refused(operation, `nothing is at /${operation.from.join("/")}`);
    removeAt(document, operation.from, operation);
    insertAt(document, path, { value: moved, operation });
    return;
  }
  if (op === "remove") {
    removeAt(document, path, operation);
    return;
  }
  if (value === undefined) throw refused(operation, "it needs a 'value'");
  if (op === "incr") increment(document, operation);
  else if (op === "add") insertAt(document, path, { value, operation });
  else if (op === "set") putAt(document, path, { value, operation });
  else if (valueAt(document, path) !== undefined) putAt(document, path, { value, operation });
  else throw refused(operation, "nothing is there to replace");
};

type Insertion = { readonly value: MutableValue; readonly operation: PatchOperation };

const insertAt = (document: Mutable, path: readonly string[], insertion: Insertion): void => {
  const { parent, name } = parentOf(document, path, insertion.operation);
  if (!Array.isArray(parent)) parent[name] = insertion.value;
  else parent.splice(arrayIndex(parent, name, insertion.operation), 0, insertion.value);
};

const putAt = (document: Mutable, path: readonly string[], insertion: Insertion): void => {
  const { parent, name } = parentOf(document, path, insertion.operation);
  if (!Array.isArray(parent)) parent[name] = insertion.value;
  else parent[arrayIndex(parent, name, insertion.operation)] = insertion.value;
};

const removeAt = (document: Mutable, path: readonly string[], operation: PatchOperation): void => {
  if (valueAt(document, path) === undefined) throw refused(operation, "nothing is there to remove");
  const { parent, name } = parentOf(document, path, operation);
  if (Array.isArray(parent)) parent.splice(Number(name), 1);
  else delete parent[name];
};

const increment = (document: Mutable, operation: PatchOperation): void => {
  const { path, value } = operation;
  const current = valueAt(document, path);
  if (typeof value !== "number") throw refused(operation, "its 'value' must be a number");
  if (current !== undefined && typeof current !== "number") {
    throw refused(operation, "the value there is not a number");
  }
  putAt(document, path, { value: (current ?? 0) + value, operation });
};

const valueAt = (document: MutableValue, path: readonly string[]): MutableValue | undefined => {
  let value: MutableValue | undefined = document;
  for (const name of path) {
    if (typeof value !== "object" || value === null) return undefined;
    if (Array.isArray(value)) value = /^\d+$/.test(name) ? value[Number(name)] : undefined;
    else value = Object.hasOwn(value, name) ? (value as MutableObject)[name] : undefined;
  }
  return value;
};

const parentOf = (
  document: Mutable,
  path: readonly string[],
  operation: PatchOperation,
): { readonly parent: Mutable; readonly name: string } => {
  const parent = valueAt(document, path.slice(0, -1));
  if (typeof parent === "object" && parent !== null) {
    return { parent: parent as Mutable, name: path.at(-1) ?? "" };
  }
  throw refused(operation, "its parent does not exist");
};

/** An index that exists, or the next one; `-` is the next one too. */
const arrayIndex = (array: MutableValue[], name: string, operation: PatchOperation): number => {
  if (name === "-") return array.length;
  const index = /^\d+$/.test(name) ? Number(name) : Number.NaN;
  if (index <= array.length) return index;
  throw refused(operation, `the array there has ${array.length} elements`);
};

const refused = ({ op, path }: PatchOperation, reason: string) =>
  badRequest(`The patch operation "${op}" of /${path.join("/")} cannot be applied: ${reason}.`);

/** Reads a patch from a request's body: an array of operations, or an object with a condition. */
export const patchRequest = (
  body: JsonValue | undefined,
  partitionKey: PartitionKeyDefinition,
): PatchRequest => {
  const { operations, condition } = isJsonObject(body)
    ? body
    : { operations: body, condition: null };
  if (!Array.isArray(operations) || operations.length === 0) {
    throw badRequest("A patch needs an array of operations.");
  }
  if (operations.length > MAX_OPERATIONS) {
    throw badRequest(`A patch has at most ${MAX_OPERATIONS} operations.`);
  }
  return {
    condition: typeof condition === "string" ? condition : undefined,
    operations: operations.map((operation: JsonValue) => patchOperation(operation, partitionKey)),
  };
};

const patchOperation = (value: JsonValue, definition: PartitionKeyDefinition): PatchOperation => {
  const { op, path, from, value: operand } = isJsonObject(value) ? value : {};
  const name = typeof op === "string" ? op.toLowerCase() : "";
  if (!isOperator(name)) throw badRequest(`The patch operation "${String(op)}" does not exist.`);
  const operation: PatchOperation = {
    op: name,
    path: pointer(path),
    value: operand,
    from: name === "move" ? pointer(from) : [],
  };
  for (const target of [operation.path, operation.from]) {
    if (isProtected(target, definition)) throw refused(operation, "the property cannot change");
  }
  return operation;
};

const OPERATORS = ["add", "set", "replace", "remove", "incr", "move"] as const;

const isOperator = (name: string): name is PatchOperation["op"] =>
  (OPERATORS as readonly string[]).includes(name);

const pointer = (path: JsonValue | undefined): readonly string[] => {
  if (typeof path !== "string" || !path.startsWith("/") || path.length < 2) {
    throw badRequest(`The patch path "${String(path)}" is invalid: it starts with '/'.`);
  }
  return path
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
};

const SYSTEM_PROPERTIES = ["id", "_rid", "_self", "_etag", "_attachments", "_ts"];

/** The id, system properties, and whatever holds or lies in the partition key. */
const isProtected = (path: readonly string[], { paths }: PartitionKeyDefinition): boolean => {
  const [first] = path;
  if (first === undefined) return false;
  if (SYSTEM_PROPERTIES.includes(first)) return true;
  const text = `/${path.join("/")}`;
  return paths.some(
    (key) => key === text || key.startsWith(`${text}/`) || text.startsWith(`${key}/`),
  );
};
