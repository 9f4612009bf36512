import {
  type Context,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { answerTo } from "../drain-answers.ts";
import { TELEMETRY_SCOPE } from "./metrics.ts";

type SpanFacts = SpanOptions & {
  readonly parent?: Context;
};

/**
 * Does work in a span, which ends with it; an error is told by its reason and thrown on.
 *
 * shape   parent: what takes the place of the span that is active now
 */
export const inSpan = async <A>(
  name: string,
  { parent, ...options }: SpanFacts,
  work: (span: Span) => Promise<A>,
): Promise<A> => {
  const run = async (span: Span): Promise<A> => {
    try {
      return await work(span);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      span.setAttribute("error.type", answerTo(error).reason);
      throw error;
    } finally {
      span.end();
    }
  };
  const tracer = trace.getTracer(TELEMETRY_SCOPE);
  return parent
    ? tracer.startActiveSpan(name, options, parent, run)
    : tracer.startActiveSpan(name, options, run);
};
