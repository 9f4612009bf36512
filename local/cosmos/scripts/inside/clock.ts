/** What a deterministic realm takes time and chance from. */
export type Clock = { nowMs: number; seed: number };

/**
 * Replaces `Date` and `Math.random` by ones that depend on the clock alone, which stands still
 * while the script computes.
 */
export const installClock = (clock: Clock): void => {
  const NativeDate = Date;
  const ScriptDate = function (...given: unknown[]): unknown {
    if (!new.target) return new NativeDate(clock.nowMs).toString();
    return Reflect.construct(NativeDate, given.length === 0 ? [clock.nowMs] : given, new.target);
  };
  Object.defineProperty(ScriptDate, "name", { value: "Date" });
  Object.defineProperty(ScriptDate, "prototype", { value: NativeDate.prototype });
  NativeDate.prototype.constructor = ScriptDate;
  const now = (): number => clock.nowMs;
  Object.assign(ScriptDate, { now, parse: NativeDate.parse, UTC: NativeDate.UTC });
  (globalThis as { Date: unknown }).Date = ScriptDate;
  Math.random = () => {
    clock.seed = (Math.imul(clock.seed, 1664525) + 1013904223) >>> 0;
    return clock.seed / 4294967296;
  };
};
