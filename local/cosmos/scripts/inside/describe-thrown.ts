/** What a script threw, as text. */
export type Thrown = { readonly number: number; readonly text: string };

/**
 * Describes a thrown value in the words of the service.
 *
 * units   number: the first argument of `new Error(number, message)`, 0 without one
 * source  Azure/azure-cosmos-dotnet-v3#48, microsoft/fhir-server#449
 */
export const describeThrown = (thrown: unknown): Thrown => {
  try {
    if (typeof thrown === "string") return { number: 0, text: thrown };
    const { number, stack } = (thrown ?? {}) as { number?: unknown; stack?: unknown };
    const exception = String(thrown);
    const trace = stack === undefined ? "" : `\r\nStack trace: ${String(stack)}`;
    const isCode = typeof number === "number" && Number.isInteger(number) && number > 0;
    return {
      number: isCode ? number : 0,
      text: `Encountered exception while executing Javascript. Exception = ${exception}${trace}`,
    };
  } catch {
    const text = "Encountered exception while executing Javascript. Exception = [unprintable]";
    return { number: 0, text };
  }
};
