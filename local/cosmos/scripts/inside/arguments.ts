type Failure = (number: number, message: string) => Error;

export type Options = {
  readonly etag?: unknown;
  readonly ifNoneMatch?: unknown;
  readonly pageSize?: unknown;
  readonly continuation?: unknown;
  readonly disableAutomaticIdGeneration?: unknown;
};

type Callback = (...results: unknown[]) => void;

export type Arguments = {
  /** Finds options and callback behind the first `least` arguments. */
  read(
    given: readonly unknown[],
    name: string,
    least: number,
  ): { readonly options: Options; readonly callback: Callback | undefined };
  /** The JSON of a document to create, with an id. */
  documentText(body: unknown, options: Options): string;
};

/**
 * Checks the arguments of the collection's functions.
 *
 * errors  400 with the service's text for too few arguments and for those of a wrong type
 */
export const makeArguments = (failure: Failure): Arguments => {
  const wrongType = (name: string, type: string, actual: unknown): Error =>
    failure(
      400,
      `The "${name}" parameter must be of type "${type}". Actual type is: "${typeof actual}".`,
    );
  const newId = (): string =>
    "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx".replace(/x/g, () =>
      Math.floor(Math.random() * 16).toString(16),
    );
  return {
    read(given, name, least) {
      if (given.length < least) {
        throw failure(
          400,
          `The function "${name}" requires at least ${least} argument(s) but was called with ${given.length} argument(s).`,
        );
      }
      const options = given[least];
      const callback = given[least + 1];
      if (callback !== undefined && typeof callback !== "function") {
        throw wrongType("callback", "function", callback);
      }
      if (callback === undefined && typeof options === "function") {
        return { options: {}, callback: options as Callback };
      }
      if (options !== undefined && typeof options !== "object") {
        throw wrongType("options", "object", options);
      }
      return { options: (options || {}) as Options, callback: callback as Callback };
    },
    documentText(body, { disableAutomaticIdGeneration }) {
      if (body === null || (typeof body !== "object" && typeof body !== "string")) {
        throw failure(
          400,
          "The document body must be an object or a string representing a JSON-serialized object.",
        );
      }
      const isText = typeof body === "string";
      if (disableAutomaticIdGeneration !== true) {
        const document = isText ? JSON.parse(body) : body;
        if (!document.id) return JSON.stringify({ ...document, id: newId() });
      }
      return isText ? body : JSON.stringify(body);
    },
  };
};
