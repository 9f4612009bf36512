import type { Asked } from "./journal.ts";

/** A request that somebody asks for; all kinds of them, good and bad. */
export type Ask = Pick<Asked, "id" | "projectId" | "title">;

/** Projects that are asked for; a third of all requests goes to the first. */
export const PROJECTS = 24;
const HOT_SHARE = 0.3;
const DUPLICATE_SHARE = 0.06;
const CONFLICT_SHARE = 0.04;
const POISON_SHARE = 0.06;
/** Asks that may come again. */
const MAX_REMEMBERED = 50;
const MAX_WORDS = 30;

/**
 * Makes the asks of one life of a submitter.
 *
 * shape   some come twice with the same title, some with another; some can never become a todo. With
 *         `isRaw` also what only a raw create can send: titles that are no text, projects that are none
 */
export const createAsks = (prefix: string, isRaw: boolean): (() => Ask) => {
  const asked: Ask[] = [];
  let count = 0;
  return () => {
    const again = asked[Math.floor(Math.random() * asked.length)];
    const kind = Math.random();
    if (again && kind < DUPLICATE_SHARE) return again;
    if (again && kind < DUPLICATE_SHARE + CONFLICT_SHARE) {
      return { ...again, title: `another title than ${again.id} had` };
    }
    count += 1;
    const good = { id: `${prefix}-${count}`, projectId: anyProject(), title: anyTitle(count) };
    const ask = kind > 1 - POISON_SHARE ? poison(good, isRaw) : good;
    asked.push(ask);
    if (asked.length > MAX_REMEMBERED) asked.shift();
    return ask;
  };
};

const anyProject = (): number =>
  Math.random() < HOT_SHARE ? 1 : 1 + Math.floor(Math.random() * PROJECTS);

const anyTitle = (count: number): string => {
  const words = 1 + Math.floor(MAX_WORDS * Math.random() ** 3);
  return `${count} ${"Milch, Käse ☕ ".repeat(words)}`;
};

const poison = ({ id, projectId }: Ask, isRaw: boolean): Ask => {
  const kinds: readonly Ask[] = [
    { id, projectId, title: "  " },
    { id, projectId, title: "x".repeat(4_097) },
    { id, projectId },
    { id, projectId, title: 42 },
    { id, projectId: -7, title: "no such project" },
    { id, projectId: "seven", title: "no such project" },
  ];
  const possible = isRaw ? kinds : kinds.slice(0, 2);
  return possible[Math.floor(Math.random() * possible.length)] ?? { id, projectId };
};
