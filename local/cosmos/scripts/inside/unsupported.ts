/** Adds the parts of the collection that this server lacks; calling one throws an error that names it. */
export const addUnsupported = (
  collection: object,
  failure: (number: number, message: string) => Error,
): void => {
  const names = `chain filter map pluck flatten sortBy sortByDescending unwind value readAttachment
    readAttachments queryAttachments createAttachment upsertAttachment replaceAttachment
    deleteAttachment`;
  for (const name of names.split(/\s+/)) {
    Object.defineProperty(collection, name, {
      value: () => {
        throw failure(
          501,
          `The embedded server does not implement the collection function "${name}".`,
        );
      },
    });
  }
};
