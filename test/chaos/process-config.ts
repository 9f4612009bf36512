/** What a submitter process is started with. */
export type SubmitterConfig = {
  readonly kind: "raw" | "client" | "http";
  /** Begins the ids of all that it asks for: another in each of its lives. */
  readonly name: string;
  /** Connection string of the server, or URL of the function hosts. */
  readonly address: string;
  readonly journalFile: string;
  /** The mean wait of each that asks, after an answer. */
  readonly pauseMs: number;
  readonly atOnce: number;
};

/** What a subscriber process is started with. */
export type SubscriberConfig = {
  readonly connectionString: string;
  readonly journalFile: string;
  readonly continuationFile: string;
  /** Only this project. */
  readonly projectId?: number;
};
