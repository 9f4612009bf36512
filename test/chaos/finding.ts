/** What the judge can find wrong. */
export const findingKinds = {
  lost: "I1: a request was acknowledged and is not there",
  "never-ended": "I1: a request has no end",
  "wrong-end": "I1, I6: a request ended otherwise than its content demands",
  "other-title": "I1: a request is not what was acknowledged",
  "created-twice": "I1: two creates of one id were both answered with 201",
  "denied-but-there": "submit() said that Cosmos DB has not got a request, and it has",
  "refused-though-good": "a request without fault was refused for good",
  "nobody-asked": "a document is there that nobody asked for",
  overtaken:
    "I4: a request got a lower number than one that was acknowledged before it was asked for",
  "todo-unseen": "a subscriber never saw a todo",
  "todo-skipped": "a subscriber saw a todo before the one below it",
  "todo-changed": "I3: a subscriber saw a todo that differs from the one in the container",
  "subscription-failed": "a subscription ended with an error",
  "journal-damaged": "a journal has a line that cannot be read",
  "died-by-itself": "I8: a process ended and nobody had killed it",
  "would-not-end": "I8: a process did not end in good order",
  "not-recovered": "I8: what was submitted after a fault was not done in time",
  "unclear-about-room":
    "I9: a write without room was not refused with 503 and a word about the disk",
} as const;
export type FindingKind = keyof typeof findingKinds;

/** One thing that is wrong, and whose. */
export type Finding = {
  readonly kind: FindingKind;
  readonly who: string;
  readonly message: string;
};

export type Report = (finding: Finding) => void;

/** Says a finding on one line. */
export const describeFinding = ({ kind, who, message }: Finding): string =>
  `${who}: ${message} [${kind}: ${findingKinds[kind]}]`;
