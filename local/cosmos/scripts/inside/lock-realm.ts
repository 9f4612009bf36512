/**
 * Makes the realm immutable, so that nothing of one execution can reach the next.
 *
 * shape   answers a check: false once a script has left something on the global object
 */
export const lockRealm = (): (() => boolean) => {
  const realm = globalThis as unknown as Record<PropertyKey, unknown>;
  const frozen = new Set<unknown>([realm]);
  const freeze = (value: unknown): void => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return;
    if (frozen.has(value)) return;
    frozen.add(value);
    Object.freeze(value);
    freeze(Object.getPrototypeOf(value));
    for (const property of Object.values(Object.getOwnPropertyDescriptors(value))) {
      for (const part of [property.value, property.get, property.set]) freeze(part);
    }
    for (const symbol of Object.getOwnPropertySymbols(value)) {
      const property = Object.getOwnPropertyDescriptor(value, symbol);
      for (const part of [property?.value, property?.get, property?.set]) freeze(part);
    }
  };
  const segments = new Intl.Segmenter().segment("");
  const iterable = { next: () => ({ done: true, value: undefined }) };
  const iterators = [[], new Map(), new Set(), "", segments].map((each) => each[Symbol.iterator]());
  const functions = [function* () {}, async () => {}, async function* () {}];
  const { Iterator: Iterators, Array: Arrays } = realm as {
    Iterator: { from(iterable: object): object };
    Array: { new (): { values(): { map(mapping: () => number): object } } };
  };
  const helpers = [new Arrays().values().map(() => 0), Iterators.from(iterable), "".matchAll(/x/g)];
  for (const hidden of [...iterators, ...functions, ...helpers, segments]) freeze(hidden);

  const before = Object.getPrototypeOf(realm);
  freeze(before);
  for (const key of Reflect.ownKeys(realm)) {
    const property = Object.getOwnPropertyDescriptor(realm, key) as PropertyDescriptor;
    for (const part of [property.value, property.get, property.set]) freeze(part);
    const isData = "value" in property;
    const locked = { configurable: false, ...(isData && { writable: false }) };
    Object.defineProperty(realm, key, locked);
  }
  const keys = Reflect.ownKeys(realm).length;
  return () =>
    Reflect.ownKeys(realm).length === keys &&
    Object.getPrototypeOf(realm) === before &&
    Object.isExtensible(realm);
};
