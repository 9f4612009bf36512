/**
 * Takes from the realm what allocates memory outside the heap, what runs after the script has
 * ended, and the memory of the last regular expression.
 */
export const stripRealm = (): void => {
  const realm = globalThis as unknown as Record<string, unknown>;
  const removed = /(?:Array|Buffer)$|^(?:DataView|Atomics|WebAssembly|WeakRef|Finalization.*)$/;
  for (const name of Object.getOwnPropertyNames(realm)) {
    if (name !== "Array" && removed.test(name)) delete realm[name];
  }
  for (const name of Object.getOwnPropertyNames(RegExp)) {
    if (!/^(?:length|name|prototype|escape)$/.test(name)) Reflect.deleteProperty(RegExp, name);
  }
};
