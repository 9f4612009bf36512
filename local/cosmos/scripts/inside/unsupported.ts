/**
 * Makes the prototype of collection objects: the functions that this server lacks. Calling one
 * throws an error that names it.
 */
export const makeUnsupported = (failure: (number: number, message: string) => Error): object => {
  const names = `chain filter map pluck flatten sortBy sortByDescending unwind value readAttachment
    readAttachments queryAttachments createAttachment upsertAttachment replaceAttachment
    deleteAttachment`;
  const entries = names.split(/\s+/).map((name) => {
    const refuse = (): never => {
      throw failure(
        501,
        `The embedded server does not implement the collection function "${name}".`,
      );
    };
    return [name, Object.freeze(refuse)];
  });
  return Object.freeze(Object.fromEntries(entries));
};
