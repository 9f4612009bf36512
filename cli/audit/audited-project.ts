/** One logical partition; its key need not be a valid project id. */
export type AuditedProject = {
  /** The partition key as JSON, or "none". */
  readonly key: string;
  readonly partitionKey: string | number | boolean | null | undefined;
};

/** Finds the logical partition that a document belongs to by its `projectId`. */
export const auditedProjectOf = (projectId: unknown): AuditedProject => {
  switch (typeof projectId) {
    case "string":
    case "number":
    case "boolean":
      return { key: JSON.stringify(projectId), partitionKey: projectId };
    default:
      return projectId === null
        ? { key: "null", partitionKey: null }
        : { key: "none", partitionKey: undefined };
  }
};
