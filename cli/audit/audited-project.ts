/** The partition key of a logical partition as JSON, or "none". It need not be a valid project id. */
export type ProjectKey = string;

/** Finds the logical partition that a document belongs to by its `projectId`. */
export const projectKeyOf = (projectId: unknown): ProjectKey => {
  switch (typeof projectId) {
    case "number":
      return String(projectId);
    case "string":
    case "boolean":
      return JSON.stringify(projectId);
    default:
      return projectId === null ? "null" : "none";
  }
};

/** The partition key value that the SDK wants. */
export const partitionKeyOf = (key: ProjectKey): string | number | boolean | null | undefined =>
  key === "none" ? undefined : (JSON.parse(key) as string | number | boolean | null);
