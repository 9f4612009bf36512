import type { Todo } from "../../domain/todo.ts";

/** What is known of a project's numbers: each range of numbers without a todo, and doubtful todos. */
export type NumberAudit = {
  /** Takes the todos in the order of writing, those of one transaction by number. */
  readonly add: (todo: Todo, lsn: number) => void;
  readonly highest: () => { readonly todoId: number; readonly lsn: number };
  readonly missing: () => readonly { readonly from: number; readonly to: number }[];
  /** Todos written after one with the same or a higher number: twice, or changed. */
  readonly late: () => readonly Todo[];
};

export const createNumberAudit = (): NumberAudit => {
  let highest = { todoId: 0, lsn: 0 };
  let missing: { readonly from: number; readonly to: number }[] = [];
  const late: Todo[] = [];
  return {
    add: (todo, lsn) => {
      const { todoId } = todo;
      if (todoId > highest.todoId) {
        if (todoId > highest.todoId + 1) missing.push({ from: highest.todoId + 1, to: todoId - 1 });
        highest = { todoId, lsn };
        return;
      }
      late.push(todo);
      missing = missing.flatMap(({ from, to }) =>
        todoId < from || todoId > to
          ? [{ from, to }]
          : [
              { from, to: todoId - 1 },
              { from: todoId + 1, to },
            ].filter((range) => range.from <= range.to),
      );
    },
    highest: () => highest,
    missing: () => missing,
    late: () => late,
  };
};
