type Failure = (number: number, message: string) => Error;

export type MessageProperty = { value: unknown; readonly isWritable: boolean };

/**
 * Makes the request or the response object of a script: `getBody`, `setBody`, `appendBody` and the
 * like for each property, and `getValue`, `setValue`, `appendValue` by name.
 *
 * errors  400 for an unknown property, 413 beyond the greatest size
 * source  Azure/azure-cosmosdb-js-server, utils/DocDbWrapperScript.js
 */
export const makeMessage = (
  properties: Record<string, MessageProperty>,
  { failure, maxCharacters }: { readonly failure: Failure; readonly maxCharacters: number },
): Record<string, (...given: string[]) => unknown> => {
  let characters = 0;

  const existing = (name: string): MessageProperty => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (!property) throw failure(400, `Cannot set new values: ${name}`);
    return property;
  };
  const sizeWith = (name: string, value: unknown, before: number): number => {
    if (value === undefined || value === null) return before;
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    const after = before + String(text).length;
    if (after <= maxCharacters) return after;
    throw failure(
      413,
      `Resulting message would be too large because of "${name}". Return from script with current message and use continuation token to call the script again or modify your script.`,
    );
  };
  const getValue = (name: string): unknown =>
    Object.hasOwn(properties, name) ? properties[name]?.value : undefined;
  const setValue = (name: string, value: unknown): void => {
    if (name === undefined) return;
    const property = existing(name);
    characters = sizeWith(name, value, 0);
    property.value = value;
  };
  const appendValue = (name: string, value: unknown): void => {
    if (name === undefined) return;
    const property = existing(name);
    const current = property.value;
    if (typeof current === "string") {
      characters = sizeWith(name, value, characters);
      property.value = current + value;
      return;
    }
    const isEmpty = current === undefined || current === null;
    const next = isEmpty ? value : (current as string) + value;
    characters = sizeWith(name, next, 0);
    property.value = next;
  };

  const message: Record<string, (...given: string[]) => unknown> = { getValue };
  for (const [name, { isWritable }] of Object.entries(properties)) {
    message[`get${name}`] = () => getValue(name);
    if (!isWritable) continue;
    message[`set${name}`] = (value) => setValue(name, value);
    message[`append${name}`] = (value) => appendValue(name, value);
    Object.assign(message, { setValue, appendValue });
  }
  return message;
};
