/** What the auditor can find wrong, each with the invariant of the design that it breaks. */
export const violationKinds = {
  "number-missing": "I2: numbers below the highest have no todo",
  "number-twice": "I2: two todos have the same number",
  "counter-missing": "I2: the project has todos and no counter",
  "counter-wrong": "I2: the counter is not the number of the newest todo",
  "todo-without-request": "I3: the request of the todo does not exist",
  "todo-twice": "I3: the request of the todo is done with another number",
  "todo-of-rejected": "I3: the request of the todo is rejected",
  "todo-changed": "I3: the todo was written again after a todo with a higher number",
  "title-differs": "I3: todo and request have different titles",
  "number-late": "I4: the todo was made after a todo with a higher number",
  "request-overtaken": "I4: the request still waits, and one that was created later has a number",
  "out-of-order": "I4: the request has a higher number than one that was created later",
  "request-without-todo": "I1: the request is done and has no todo of that number",
  "request-malformed": "I1: the request has an end that the pipeline does not know",
  "request-pending": "I1: the request has no end yet",
  "not-together": "I5: todo, request and counter were not written in one transaction",
} as const;

export type ViolationKind = keyof typeof violationKinds;

/** One thing that is wrong, with the documents that show it; the first is the one it is about. */
export type Violation = {
  readonly kind: ViolationKind;
  /** The partition key as JSON, or "none". */
  readonly project: string;
  readonly message: string;
  readonly ids: readonly string[];
};

/** Says a violation on one line. */
export const describeViolation = ({ kind, project, message, ids }: Violation): string =>
  `project ${project}: ${message} [${kind}, ${violationKinds[kind].slice(0, 2)}] ids: ${ids.join(", ")}`;

/** Tells whether two looks found the same: messages hold numbers that grow while others write. */
export const violationKey = ({ kind, project, ids }: Violation): string =>
  `${kind} ${project} ${ids[0] ?? ""}`;
