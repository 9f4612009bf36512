import type { Asked } from "./collection.ts";
import type { Thrown } from "./describe-thrown.ts";
import type { Reply } from "./pass-reply.ts";

/** What an execution may use. */
export type Limits = {
  /** Operations that are accepted. */
  readonly operations: number;
  /** Writes that are accepted, and the characters of their documents. */
  readonly writes: number;
  readonly writtenCharacters: number;
  /** Time after which no operation is accepted. */
  readonly acceptForMs: number;
  readonly responseCharacters: number;
  readonly logCharacters: number;
};

export type Execution = {
  ask(asked: Asked): boolean;
  run(work: () => void): void;
  take(): Asked | undefined;
  answer(reply: Reply): void;
  abort(reason: unknown): never;
  thrown(): Thrown | undefined;
  isRefused(): boolean;
};

/** Makes the queue of one execution: what the script asks for, and its callbacks one by one. */
export const makeExecution = (options: {
  readonly limits: Limits;
  readonly nowMs: () => number;
  readonly failure: (number: number, message: string) => Error;
  readonly describeThrown: (thrown: unknown) => Thrown;
  readonly passReply: (asked: Asked, reply: Reply) => void;
}): Execution => {
  const { limits, nowMs, failure } = options;
  const startedAtMs = nowMs();
  const left = { ...limits };
  let queue: Asked[] = [];
  let next = 0;
  let current: Asked | undefined;
  let thrown: Thrown | undefined;
  let isRefused = false;

  const isWrite = (kind: string): boolean => !["read", "list", "query"].includes(kind);
  const end = (reason: unknown): void => {
    thrown = thrown || options.describeThrown(reason);
    queue = [];
    next = 0;
  };
  const run = (work: () => void): void => {
    if (thrown) return;
    try {
      work();
    } catch (reason) {
      end(reason);
    }
  };

  return {
    run,
    ask(asked) {
      if (thrown) throw failure(400, "The script was aborted.");
      const isWriting = isWrite(asked.operation.kind);
      const room = left.operations > 0 && nowMs() - startedAtMs < limits.acceptForMs;
      const writeRoom = left.writes > 0 && left.writtenCharacters >= asked.text.length;
      if (isRefused || !room || (isWriting && !writeRoom)) {
        isRefused = true;
        return false;
      }
      Object.assign(left, { operations: left.operations - 1 });
      if (isWriting) {
        const writtenCharacters = left.writtenCharacters - asked.text.length;
        Object.assign(left, { writes: left.writes - 1, writtenCharacters });
      }
      queue.push(asked);
      return true;
    },
    take() {
      current = queue[next];
      next = current ? next + 1 : 0;
      if (!current) queue = [];
      return current;
    },
    answer: (reply) => run(() => current && options.passReply(current, reply)),
    abort(reason) {
      end(reason);
      throw reason;
    },
    thrown: () => thrown,
    isRefused: () => isRefused,
  };
};
