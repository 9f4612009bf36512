import { subscribe } from "../../client/subscribe.ts";
import { Violation } from "./documents.ts";
import type { Surroundings } from "./link.ts";
import type { Running } from "./machine.ts";
import { simulatedContainer } from "./simulated-container.ts";

/** What a subscriber keeps on its disk, and what it has handled. */
export type Subscription = {
  /** Undefined: all projects. */
  readonly projectId: number | undefined;
  continuation: string | undefined;
  /** By project, the todos' texts in order of their numbers. */
  readonly handled: Map<number, string[]>;
};

type SubscriberParts = {
  readonly surroundings: Surroundings;
  readonly subscription: Subscription;
  /** Ends the life of its machine. */
  readonly crash: () => void;
  readonly pollDelayMs: number;
  readonly maxItemCount: number;
};

/** Runs a subscriber: it handles a todo, then stores the continuation, and may die in between. */
export const runSubscriber = (parts: SubscriberParts, { world, link }: Running): void => {
  const { surroundings, subscription, crash, pollDelayMs, maxItemCount } = parts;
  const { faults, delays } = surroundings;
  const receive = async (): Promise<void> => {
    const { projectId, continuation } = subscription;
    const received = subscribe(simulatedContainer(surroundings, link, "items"), {
      ...(projectId === undefined ? {} : { projectId }),
      ...(continuation === undefined ? {} : { continuation }),
      pollDelayMs,
      maxItemCount,
      world,
    });
    for await (const { todo, continuation: behind } of received) {
      surroundings.time.note(`handles todo ${todo.todoId} of project ${todo.projectId}`);
      handle(subscription, todo);
      if (delays.chance(0.3)) await world.sleep(delays.skewed(2_000));
      if (faults.strikes("subscriber-crash", 0.05)) {
        crash();
        await new Promise(() => undefined);
      }
      subscription.continuation = behind;
    }
  };
  receive().catch(surroundings.onViolation);
};

type Received = {
  readonly projectId: number;
  readonly todoId: number;
  readonly title: string;
  readonly requestId: string;
};

/** What comes again must be the same; what is new must be the next. */
const handle = ({ handled }: Subscription, todo: Received): void => {
  const ofProject = handled.get(todo.projectId) ?? [];
  handled.set(todo.projectId, ofProject);
  const text = JSON.stringify([todo.requestId, todo.title]);
  const known = ofProject[todo.todoId - 1];
  const where = `project ${todo.projectId}: a subscriber`;
  if (known !== undefined && known !== text) {
    throw new Violation(`${where} got todo ${todo.todoId} as ${text} and before as ${known}`);
  }
  if (known !== undefined) return;
  if (todo.todoId !== ofProject.length + 1) {
    throw new Violation(`${where} got todo ${todo.todoId} after ${ofProject.length}`);
  }
  ofProject.push(text);
};
