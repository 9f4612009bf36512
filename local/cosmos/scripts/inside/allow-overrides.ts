/**
 * Lets objects have own properties named like those of frozen prototypes.
 *
 * Assigning to a property that an object merely inherits fails if the inherited one is frozen. So
 * the ones that scripts do assign (`error.name`, `object.toString`) become accessors that create
 * it.
 */
export const allowOverrides = (): void => {
  const allow = (owner: object, key: string): void => {
    const property = Object.getOwnPropertyDescriptor(owner, key);
    if (!property?.configurable || !("value" in property)) return;
    const { value, enumerable = false } = property;
    Object.defineProperty(owner, key, {
      get: () => value,
      set(this: object, own: unknown) {
        if (this === owner) throw new TypeError(`Cannot assign to the built-in property ${key}`);
        const settings = { value: own, writable: true, enumerable: true, configurable: true };
        Object.defineProperty(this, key, settings);
      },
      enumerable,
      configurable: false,
    });
  };
  const realm = globalThis as unknown as Record<string, { prototype: object }>;
  for (const key of Object.getOwnPropertyNames(Object.prototype)) allow(Object.prototype, key);
  for (const name of Object.getOwnPropertyNames(realm)) {
    const owner = /Error$|^Function$/.test(name) && realm[name]?.prototype;
    if (!owner) continue;
    for (const key of ["constructor", "name", "message", "toString"]) allow(owner, key);
  }
};
