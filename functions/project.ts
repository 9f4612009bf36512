/**
 * One project, which is one logical partition. Its partition key is what the documents carry, so
 * it need not be a valid project id: requests under "7", null or nothing must end as well.
 */
export type Project = {
  /** The same text for the same logical partition; also the project's name in the log. */
  readonly key: string;
  readonly partitionKey: string | number | boolean | null | undefined;
};

/** Finds the project that a document belongs to. */
export const projectOf = (projectId: unknown): Project => {
  const partitionKey = isPartitionKey(projectId) ? projectId : undefined;
  return { key: partitionKey === undefined ? "none" : JSON.stringify(partitionKey), partitionKey };
};

const isPartitionKey = (value: unknown): value is Project["partitionKey"] =>
  value === null || ["string", "number", "boolean"].includes(typeof value);
