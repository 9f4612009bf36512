import type { Value } from "../ast.ts";
import { isNumber, isString, ofString, type ScalarFunction, scalar } from "./scalar-function.ts";

const TICKS_PER_MS = 10_000;
/** Ticks of the .NET epoch (year 1) do not matter here: Cosmos DB counts ticks from 1970. */
const MS_PER: Readonly<Record<string, number>> = {
  DAY: 86_400_000,
  HOUR: 3_600_000,
  MINUTE: 60_000,
  SECOND: 1_000,
  MILLISECOND: 1,
  MICROSECOND: 0.001,
  NANOSECOND: 0.000_001,
};

const PART_NAMES: Readonly<Record<string, string>> = {
  YEAR: "YEAR",
  YYYY: "YEAR",
  YY: "YEAR",
  MONTH: "MONTH",
  MM: "MONTH",
  M: "MONTH",
  WEEKDAY: "WEEKDAY",
  DW: "WEEKDAY",
  W: "WEEKDAY",
  DAY: "DAY",
  DD: "DAY",
  D: "DAY",
  HOUR: "HOUR",
  HH: "HOUR",
  MINUTE: "MINUTE",
  MI: "MINUTE",
  N: "MINUTE",
  SECOND: "SECOND",
  SS: "SECOND",
  S: "SECOND",
  MILLISECOND: "MILLISECOND",
  MS: "MILLISECOND",
  MICROSECOND: "MICROSECOND",
  MCS: "MICROSECOND",
  NANOSECOND: "NANOSECOND",
  NS: "NANOSECOND",
};

const DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,7})?(?:Z|[+-]\d{2}:\d{2})?)?$/;

/** A moment in ticks of 100 ns since 1970; exact, since milliseconds alone would lose digits. */
const parseTicks = (text: Value): bigint | undefined => {
  if (!isString(text) || !DATE.test(text)) return undefined;
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? "";
  const whole = text.replace(/\.\d+/, "");
  const ms = Date.parse(/T.*[Z+-]/.test(whole) || !whole.includes("T") ? whole : `${whole}Z`);
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms) * BigInt(TICKS_PER_MS) + BigInt(fraction.padEnd(7, "0"));
};

/** `2026-01-02T03:04:05.1234567Z` */
const formatTicks = (ticks: bigint): Value => {
  const perSecond = BigInt(TICKS_PER_MS) * 1_000n;
  const fraction = ((ticks % perSecond) + perSecond) % perSecond;
  const date = new Date(Number((ticks - fraction) / BigInt(TICKS_PER_MS)));
  if (Number.isNaN(date.getTime())) return undefined;
  return `${date.toISOString().slice(0, 19)}.${String(fraction).padStart(7, "0")}Z`;
};

const ticksOfMs = (ms: number): bigint => BigInt(Math.round(ms * TICKS_PER_MS));
const msOfTicks = (ticks: bigint): number => Number(ticks) / TICKS_PER_MS;
const dateOf = (ticks: bigint): Date => new Date(Math.floor(msOfTicks(ticks)));
const partName = (part: Value): string =>
  (isString(part) ? PART_NAMES[part.toUpperCase()] : undefined) ?? "";

const add = ([part, amount, text]: readonly Value[]): Value => {
  const ticks = parseTicks(text);
  if (ticks === undefined || !isNumber(amount)) return undefined;
  const name = partName(part);
  if (name === "YEAR" || name === "MONTH") {
    return formatTicks(addMonths(ticks, Math.trunc(amount) * (name === "YEAR" ? 12 : 1)));
  }
  const ms = MS_PER[name];
  return ms === undefined ? undefined : formatTicks(ticks + ticksOfMs(Math.trunc(amount) * ms));
};

/** Adds months and stays within the last day of the month, as calendars do. */
const addMonths = (ticks: bigint, months: number): bigint => {
  const date = dateOf(ticks);
  const moved = new Date(date);
  moved.setUTCDate(1);
  moved.setUTCMonth(moved.getUTCMonth() + months);
  const last = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0));
  moved.setUTCDate(Math.min(date.getUTCDate(), last.getUTCDate()));
  return ticks + ticksOfMs(moved.getTime() - date.getTime());
};

/** Counts the boundaries of a part between two moments. */
const difference = ([part, from, to]: readonly Value[]): Value => {
  const [start, end] = [parseTicks(from), parseTicks(to)];
  if (start === undefined || end === undefined) return undefined;
  const name = partName(part);
  const years = dateOf(end).getUTCFullYear() - dateOf(start).getUTCFullYear();
  if (name === "YEAR") return years;
  if (name === "MONTH") return years * 12 + dateOf(end).getUTCMonth() - dateOf(start).getUTCMonth();
  const ms = MS_PER[name];
  if (ms === undefined) return undefined;
  return Math.floor(msOfTicks(end) / ms) - Math.floor(msOfTicks(start) / ms);
};

const partOf = ([part, text]: readonly Value[]): Value => {
  const ticks = parseTicks(text);
  if (ticks === undefined) return undefined;
  const date = dateOf(ticks);
  const inSecond = Number(ticks % BigInt(TICKS_PER_MS * 1_000));
  const parts: Readonly<Record<string, number>> = {
    YEAR: date.getUTCFullYear(),
    MONTH: date.getUTCMonth() + 1,
    WEEKDAY: date.getUTCDay() + 1,
    DAY: date.getUTCDate(),
    HOUR: date.getUTCHours(),
    MINUTE: date.getUTCMinutes(),
    SECOND: date.getUTCSeconds(),
    MILLISECOND: Math.floor(inSecond / TICKS_PER_MS),
    MICROSECOND: Math.floor(inSecond / 10),
    NANOSECOND: inSecond * 100,
  };
  return parts[partName(part)];
};

const fromParts = (args: readonly Value[]): Value => {
  if (!args.every(isNumber)) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, fraction = 0] = args;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return formatTicks(BigInt(date.getTime()) * BigInt(TICKS_PER_MS) + BigInt(Math.trunc(fraction)));
};

const bin = ([
  text,
  part,
  size = 1,
  origin = "1970-01-01T00:00:00.0000000Z",
]: readonly Value[]): Value => {
  const [ticks, start] = [parseTicks(text), parseTicks(origin)];
  const ms = MS_PER[partName(part)];
  if (ticks === undefined || start === undefined || ms === undefined) return undefined;
  if (!isNumber(size) || size <= 0) return undefined;
  const width = ticksOfMs(Math.trunc(size) * ms);
  if (width <= 0n) return undefined;
  const behind = (((ticks - start) % width) + width) % width;
  return formatTicks(ticks - behind);
};

const ofDate = (run: (ticks: bigint) => Value): ScalarFunction =>
  ofString((text) => {
    const ticks = parseTicks(text);
    return ticks === undefined ? undefined : run(ticks);
  });

const now = (run: (nowMs: number) => Value): ScalarFunction =>
  scalar(0, 0, (_, { nowMs }) => run(nowMs));

const currentText = now((nowMs) => formatTicks(ticksOfMs(nowMs)));
const currentTimestamp = now((nowMs) => nowMs);
const currentTicks = now((nowMs) => nowMs * TICKS_PER_MS);

/** Functions of dates and times; texts are ISO 8601 in UTC with seven digits of a second. */
export const DATE_FUNCTIONS: Readonly<Record<string, ScalarFunction>> = {
  GETCURRENTDATETIME: currentText,
  GETCURRENTDATETIMESTATIC: currentText,
  GETCURRENTTIMESTAMP: currentTimestamp,
  GETCURRENTTIMESTAMPSTATIC: currentTimestamp,
  GETCURRENTTICKS: currentTicks,
  GETCURRENTTICKSSTATIC: currentTicks,
  DATETIMEADD: scalar(3, 3, add),
  DATETIMEBIN: scalar(2, 4, bin),
  DATETIMEDIFF: scalar(3, 3, difference),
  DATETIMEFROMPARTS: scalar(3, 7, fromParts),
  DATETIMEPART: scalar(2, 2, partOf),
  DATETIMETOTICKS: ofDate((ticks) => Number(ticks)),
  DATETIMETOTIMESTAMP: ofDate((ticks) => Math.floor(msOfTicks(ticks))),
  TIMESTAMPTODATETIME: scalar(1, 1, ([ms]) =>
    isNumber(ms) ? formatTicks(ticksOfMs(ms)) : undefined,
  ),
  TICKSTODATETIME: scalar(1, 1, ([ticks]) =>
    isNumber(ticks) ? formatTicks(BigInt(Math.trunc(ticks))) : undefined,
  ),
};
