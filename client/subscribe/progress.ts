import type { Todo } from "../../domain/todo.ts";
import { type Contents, encodeContinuation, type Place } from "./continuation.ts";

/** A todo, and the place behind it. */
export type ReceivedTodo = {
  readonly todo: Todo;
  /**
   * Store it AFTER this todo is handled: a subscription with it goes on with the next one. Handling
   * and storing are two steps, so after a crash between them the todo comes again: at least once.
   */
  readonly continuation: string;
};

/** How far the subscriber got in each feed range. */
export type Progress = {
  /** Hands out what is new of the page after a place. */
  readonly handOut: (place: Place, page: NewTodos) => Generator<ReceivedTodo, void>;
  readonly move: (from: Place, to: readonly Place[]) => void;
};

/** `etag` is behind the page; `isWhole` is false if more of the page would have to follow. */
export type NewTodos = {
  readonly etag: string;
  readonly todos: readonly Todo[];
  readonly isWhole: boolean;
};

/** Follows a subscription from where it starts. */
export const createProgress = (start: Contents): Progress => {
  const places = new Map(start.places.map((place) => [keyOf(place), place]));
  const others = (key: string): readonly Place[] =>
    [...places].filter(([other]) => other !== key).map(([, place]) => place);
  /** After a split both children carry the parent's numbers; that of the child without the project ages. */
  const forgetElsewhere = (key: string, todos: readonly Todo[]): void => {
    const here = new Set(todos.map(({ projectId }) => projectId));
    for (const [other, place] of places) {
      if (other === key || !place.last.some(([projectId]) => here.has(projectId))) continue;
      places.set(other, { ...place, last: place.last.filter(([id]) => !here.has(id)) });
    }
  };
  return {
    *handOut(place, { etag, todos, isWhole }) {
      const key = keyOf(place);
      const before = places.get(key) ?? place;
      forgetElsewhere(key, todos);
      const elsewhere = others(key);
      for (const [index, todo] of todos.entries()) {
        const isLast = isWhole && index === todos.length - 1;
        yield {
          todo,
          // Made only when it is asked for: few subscribers store one for each todo.
          get continuation() {
            const here = isLast
              ? placeBehind(start.projectId, before, { etag, todos })
              : placeInside(before, todos.slice(0, index + 1));
            return encodeContinuation({ ...start, places: [...elsewhere, here] });
          },
        };
      }
      if (isWhole) places.set(key, placeBehind(start.projectId, before, { etag, todos }));
    },
    move: (from, to) => {
      const { last = [] } = places.get(keyOf(from)) ?? from;
      places.delete(keyOf(from));
      for (const place of to) places.set(keyOf(place), { ...place, last });
    },
  };
};

const keyOf = ({ min, max }: Place): string => `${min}-${max}`;

/** In the middle of a page: read it again, and leave out what was handed out of it. */
const placeInside = (before: Place, handedOut: readonly Todo[]): Place => {
  const last = new Map(before.last);
  for (const { projectId, todoId } of handedOut) last.set(projectId, todoId);
  return { ...before, last: [...last] };
};

const placeBehind = (
  projectId: number | null,
  before: Place,
  { etag, todos }: Pick<NewTodos, "etag" | "todos">,
): Place => {
  const last = projectId === null ? [] : placeInside(before, todos).last;
  return { ...before, etag, last };
};
