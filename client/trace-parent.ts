import { context, isSpanContextValid, trace } from "@opentelemetry/api";

/**
 * Writes the active span into a document, so that whoever works on it can link to it.
 *
 * shape   `traceparent` of version 00; the document as it is if no span is active
 * source  www.w3.org/TR/trace-context
 */
export const withTraceParent = <A extends object>(document: A): A => {
  const active = trace.getSpanContext(context.active());
  if (active === undefined || !isSpanContextValid(active)) return document;
  const flags = active.traceFlags.toString(16).padStart(2, "0");
  return { ...document, traceparent: `00-${active.traceId}-${active.spanId}-${flags}` };
};
