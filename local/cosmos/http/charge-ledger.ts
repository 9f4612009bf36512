/** Charges by route since the server started. */
export type ChargeLedger = {
  readonly add: (route: string, chargeRu: number) => void;
  /** `{ startedAt, totalRu, operations: { <route>: { count, chargeRu } } }` as JSON. */
  readonly read: () => string;
};

type Entry = { count: number; chargeRu: number };

/** Makes a ledger that sums what every response charged. */
export const createChargeLedger = (startedAt: number): ChargeLedger => {
  const operations = new Map<string, Entry>();
  return {
    add: (route, chargeRu) => {
      const entry = operations.get(route);
      if (!entry) operations.set(route, { count: 1, chargeRu });
      else {
        entry.count += 1;
        entry.chargeRu += chargeRu;
      }
    },
    read: () => {
      const totalRu = [...operations.values()].reduce((sum, { chargeRu }) => sum + chargeRu, 0);
      return JSON.stringify({ startedAt, totalRu, operations: Object.fromEntries(operations) });
    },
  };
};
