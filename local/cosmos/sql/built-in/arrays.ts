import type { JsonValue } from "../../json.ts";
import type { Value } from "../ast.ts";
import { canonicalText, equalValues, isArray, isObject } from "../value-order.ts";
import { isNumber, ofArray, type ScalarFunction, scalar } from "./scalar-function.ts";

const contains = ([items, wanted, partial = false]: readonly Value[]): Value => {
  if (!isArray(items) || wanted === undefined || typeof partial !== "boolean") return undefined;
  return items.some((item) => equalValues(item, wanted) || (partial && hasParts(item, wanted)));
};

/** Tells whether an object has all properties of another, with equal values. */
const hasParts = (item: JsonValue, wanted: JsonValue): boolean =>
  isObject(item) &&
  isObject(wanted) &&
  Object.entries(wanted).every(([key, value]) => {
    const own = Object.hasOwn(item, key) ? item[key] : undefined;
    return own !== undefined && equalValues(own, value);
  });

const containsSome = ([items, ...wanted]: readonly Value[]): Value => {
  const values = wantedValues(wanted);
  return isArray(items) ? values.some((one) => contains([items, one]) === true) : undefined;
};

const containsEach = ([items, ...wanted]: readonly Value[]): Value => {
  const values = wantedValues(wanted);
  return isArray(items) ? values.every((one) => contains([items, one]) === true) : undefined;
};

/** The values come one by one, or as one array. */
const wantedValues = (wanted: readonly Value[]): readonly Value[] =>
  wanted.length === 1 && isArray(wanted[0]) ? wanted[0] : wanted;

const slice = ([items, start, length]: readonly Value[]): Value => {
  if (!isArray(items) || !isNumber(start)) return undefined;
  if (length !== undefined && !isNumber(length)) return undefined;
  const from = start < 0 ? Math.max(0, items.length + start) : start;
  return items.slice(from, length === undefined ? undefined : from + Math.max(0, length));
};

const concat = (args: readonly Value[]): Value => (args.every(isArray) ? args.flat(1) : undefined);

const distinct = (items: readonly JsonValue[]): JsonValue[] => [
  ...new Map(items.map((item) => [canonicalText(item), item])).values(),
];

const intersect = ([left, right]: readonly Value[]): Value => {
  if (!isArray(left) || !isArray(right)) return undefined;
  const others = new Set(right.map(canonicalText));
  return distinct(left).filter((item) => others.has(canonicalText(item)));
};

const union = ([left, right]: readonly Value[]): Value =>
  isArray(left) && isArray(right) ? distinct([...left, ...right]) : undefined;

const difference = ([left, right]: readonly Value[]): Value => {
  if (!isArray(left) || !isArray(right)) return undefined;
  const others = new Set(right.map(canonicalText));
  return distinct(left).filter((item) => !others.has(canonicalText(item)));
};

/** Chooses by a number that counts from 1. */
const choose = ([index, ...values]: readonly Value[]): Value =>
  isNumber(index) ? values[Math.trunc(index) - 1] : undefined;

const toArray = ([object, keyName = "k", valueName = "v"]: readonly Value[]): Value => {
  if (!isObject(object) || typeof keyName !== "string" || typeof valueName !== "string") {
    return undefined;
  }
  return Object.entries(object).map(([key, value]) => ({ [keyName]: key, [valueName]: value }));
};

const MANY = Number.POSITIVE_INFINITY;

/** Functions of arrays and objects. */
export const ARRAY_FUNCTIONS: Readonly<Record<string, ScalarFunction>> = {
  ARRAY_CONTAINS: scalar(2, 3, contains),
  ARRAY_CONTAINS_ANY: scalar(2, MANY, containsSome),
  ARRAY_CONTAINS_ALL: scalar(2, MANY, containsEach),
  ARRAY_LENGTH: ofArray((items) => items.length),
  ARRAY_SLICE: scalar(2, 3, slice),
  ARRAY_CONCAT: scalar(2, MANY, concat),
  CHOOSE: scalar(2, MANY, choose),
  OBJECTTOARRAY: scalar(1, 3, toArray),
  SETINTERSECT: scalar(2, 2, intersect),
  SETUNION: scalar(2, 2, union),
  SETDIFFERENCE: scalar(2, 2, difference),
};
