import { finite } from "../operators.ts";
import { isNumber, ofNumbers, type ScalarFunction, scalar } from "./scalar-function.ts";

/** Functions of 64-bit integers; undefined when an argument is none. */
const ofIntegers = (
  count: number,
  run: (left: bigint, right: bigint) => bigint | undefined,
): ScalarFunction =>
  ofNumbers(count, (left = 0, right = 0) => {
    if (!Number.isSafeInteger(left) || !Number.isSafeInteger(right)) return undefined;
    const result = run(BigInt(left), BigInt(right));
    return result === undefined ? undefined : Number(BigInt.asIntN(64, result));
  });

const rounded = (value: number, digits: number): number => {
  const factor = 10 ** digits;
  const scaled = Math.abs(value) * factor;
  return Number.isFinite(scaled) ? (Math.sign(value) * Math.round(scaled)) / factor : value;
};

const divided = (left: bigint, right: bigint): bigint | undefined =>
  right === 0n ? undefined : left / right;

const remainder = (left: bigint, right: bigint): bigint | undefined =>
  right === 0n ? undefined : left % right;

/** A logarithm to base e, or to the base given. */
const log = scalar(1, 2, ([value, base]) => {
  if (!isNumber(value)) return undefined;
  if (base === undefined) return finite(Math.log(value));
  return isNumber(base) ? finite(Math.log(value) / Math.log(base)) : undefined;
});

const round = scalar(1, 2, ([value, digits = 0]) =>
  isNumber(value) && isNumber(digits) ? rounded(value, Math.trunc(digits)) : undefined,
);

const bin = scalar(1, 2, ([value, size = 1]) =>
  isNumber(value) && isNumber(size) && size > 0
    ? finite(Math.floor(value / size) * size)
    : undefined,
);

/** Mathematical functions. */
export const NUMBER_FUNCTIONS: Readonly<Record<string, ScalarFunction>> = {
  ABS: ofNumbers(1, Math.abs),
  ACOS: ofNumbers(1, Math.acos),
  ASIN: ofNumbers(1, Math.asin),
  ATAN: ofNumbers(1, Math.atan),
  ATN2: ofNumbers(2, Math.atan2),
  CEILING: ofNumbers(1, Math.ceil),
  COS: ofNumbers(1, Math.cos),
  COT: ofNumbers(1, (value = 0) => 1 / Math.tan(value)),
  DEGREES: ofNumbers(1, (value = 0) => (value * 180) / Math.PI),
  EXP: ofNumbers(1, Math.exp),
  FLOOR: ofNumbers(1, Math.floor),
  LOG: log,
  LOG10: ofNumbers(1, Math.log10),
  NUMBERBIN: bin,
  PI: scalar(0, 0, () => Math.PI),
  POWER: ofNumbers(2, (base = 0, exponent = 0) => base ** exponent),
  RADIANS: ofNumbers(1, (value = 0) => (value * Math.PI) / 180),
  RAND: scalar(0, 0, () => Math.random()),
  ROUND: round,
  SIGN: ofNumbers(1, Math.sign),
  SIN: ofNumbers(1, Math.sin),
  SQRT: ofNumbers(1, Math.sqrt),
  SQUARE: ofNumbers(1, (value = 0) => value * value),
  TAN: ofNumbers(1, Math.tan),
  TRUNC: ofNumbers(1, Math.trunc),
  INTADD: ofIntegers(2, (left, right) => left + right),
  INTSUB: ofIntegers(2, (left, right) => left - right),
  INTMUL: ofIntegers(2, (left, right) => left * right),
  INTDIV: ofIntegers(2, divided),
  INTMOD: ofIntegers(2, remainder),
  INTBITAND: ofIntegers(2, (left, right) => left & right),
  INTBITOR: ofIntegers(2, (left, right) => left | right),
  INTBITXOR: ofIntegers(2, (left, right) => left ^ right),
  INTBITNOT: ofIntegers(1, (value) => ~value),
  INTBITLEFTSHIFT: ofIntegers(2, (left, right) => left << right),
  INTBITRIGHTSHIFT: ofIntegers(2, (left, right) => left >> right),
};
