/** The levels of the Functions host, quietest last. */
export const LOG_LEVELS = [
  "trace",
  "debug",
  "information",
  "warning",
  "error",
  "critical",
  "none",
] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Takes one thing to say about a function, or about the host itself. */
export type Log = (level: LogLevel, source: string, message: string) => void;

export const isLogLevel = (text: unknown): text is LogLevel =>
  LOG_LEVELS.some((level) => level === text);

/**
 * Makes a log that writes what is loud enough, one line each.
 *
 * shape   `<ISO time> <level> <function or host>: <message>`; line breaks in a message become " | "
 */
export const createLog =
  (minimum: LogLevel, write: (line: string) => void, now: () => number = Date.now): Log =>
  (level, source, message) => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(minimum)) return;
    const text = message.replace(/\s*\r?\n\s*/g, " | ");
    write(`${new Date(now()).toISOString()} ${level} ${source}: ${text}`);
  };
