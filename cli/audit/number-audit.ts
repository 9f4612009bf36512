/** A todo as far as its number matters. */
export type NumberedTodo = {
  readonly todoId: number;
  readonly id: string;
  readonly rid: string;
  readonly lsn: number;
};

/** Numbers without a todo, and the todo behind them. */
export type Hole = { readonly from: number; readonly to: number; readonly behindId: string };

/** A todo written after one with the same or a higher number: twice, late or changed. */
export type LateTodo = { readonly todo: NumberedTodo; readonly after: NumberedTodo };

/** What is known of a project's numbers. Plain data: it is kept in files. */
export type NumberAudit = {
  highest: NumberedTodo | undefined;
  /** In the order of the numbers. */
  readonly holes: Hole[];
  readonly late: LateTodo[];
};

export const createNumberAudit = (): NumberAudit => ({ highest: undefined, holes: [], late: [] });

/** Takes the todos in the order of writing, those of one transaction by number. */
export const addNumber = (numbers: NumberAudit, todo: NumberedTodo): void => {
  const { todoId, id } = todo;
  const { highest, holes } = numbers;
  const expected = (highest?.todoId ?? 0) + 1;
  if (highest && todoId < expected) {
    numbers.late.push({ todo, after: highest });
    fillHole(holes, todoId);
    return;
  }
  if (todoId > expected) holes.push({ from: expected, to: todoId - 1, behindId: id });
  numbers.highest = todo;
};

/** Tells whether a todo of that number has been read. */
export const isNumberSeen = ({ highest, holes }: NumberAudit, todoId: number): boolean => {
  const hole = holes[firstReaching(holes, todoId)];
  return todoId <= (highest?.todoId ?? 0) && !(hole && hole.from <= todoId);
};

const fillHole = (holes: Hole[], todoId: number): void => {
  const index = firstReaching(holes, todoId);
  const hole = holes[index];
  if (!hole || todoId < hole.from) return;
  const parts = [
    { ...hole, to: todoId - 1 },
    { ...hole, from: todoId + 1 },
  ];
  holes.splice(index, 1, ...parts.filter(({ from, to }) => from <= to));
};

/** Finds the first hole that does not end before a number. */
const firstReaching = (holes: readonly Hole[], todoId: number): number => {
  let low = 0;
  let high = holes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((holes[middle]?.to ?? 0) < todoId) low = middle + 1;
    else high = middle;
  }
  return low;
};
