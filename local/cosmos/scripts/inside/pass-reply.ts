import type { Asked } from "./collection.ts";

/** What the host answers to an operation. */
export type Reply = {
  /** 200, 304, or the status of an error. */
  readonly status: number;
  /** Document, array of rows, or the error's text. */
  readonly text: string;
  readonly continuation: string;
};

/**
 * Makes what calls a script's callback with the outcome of its operation.
 *
 * errors  an operation that failed and has no callback ends the script
 */
export const makePassReply =
  (failure: (number: number, message: string) => Error) =>
  ({ callback, operation }: Asked, { status, text, continuation }: Reply): void => {
    if (status >= 400) {
      const error = Object.assign(failure(status, text), { body: text });
      if (!callback) throw error;
      callback(error);
    } else if (!callback) {
      return;
    } else if (status === 304) {
      callback(undefined, undefined, { notModified: true });
    } else if (operation.kind === "delete") {
      callback(undefined, {});
    } else {
      callback(undefined, JSON.parse(text), continuation === "" ? {} : { continuation });
    }
  };
