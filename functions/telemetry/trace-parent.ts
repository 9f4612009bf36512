import {
  type Context,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
} from "@opentelemetry/api";

/** Reads a `traceparent`, from wherever it came: undefined unless it is one. */
export const readTraceParent = (text: unknown): SpanContext | undefined => {
  if (typeof text !== "string" || text.length !== TRACE_PARENT_CHARACTERS) return undefined;
  const [, traceId, spanId, flags] = TRACE_PARENT.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const found = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(found) ? found : undefined;
};

/** What a span has as its parent that another process began; the root without one. */
export const contextOf = (traceParent: unknown): Context => {
  const parent = readTraceParent(traceParent);
  return parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
};

/** Links a span to what caused it, as far as the causes carry their trace. */
export const linksTo = (traceParents: readonly unknown[]): Link[] =>
  traceParents.flatMap((text) => {
    const context = readTraceParent(text);
    return context ? [{ context }] : [];
  });

// www.w3.org/TR/trace-context: version 00
const TRACE_PARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const TRACE_PARENT_CHARACTERS = 55;
