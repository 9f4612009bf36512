import type { Container, OperationInput } from "@azure/cosmos";

export type Writes = {
  readonly projects: readonly number[];
  /** Writes for each project; a batch or a stored procedure counts as one. */
  readonly steps: number;
  /** Where the steps of a second run go on. */
  readonly firstStep?: number;
  readonly pauseMs?: number;
};

const LARGEST_TRANSACTION = 30;
/** Named so that it cannot meet the pipeline's own procedures. */
const CREATE_TOGETHER = "create-together";

/** Deploys the stored procedure that `writeProjects` calls. */
export const deployWriter = async (items: Container): Promise<void> => {
  await items.scripts.storedProcedures.create({ id: CREATE_TOGETHER, body: createTogether });
};

/**
 * Writes documents of many projects at once, those of one project one write after the other: single
 * documents, replacements, batches and stored procedures of 2 to 30 documents.
 */
export const writeProjects = async (items: Container, writes: Writes): Promise<void> => {
  const { projects, steps, firstStep = 1, pauseMs = 0 } = writes;
  await Promise.all(
    projects.map(async (projectId) => {
      for (let step = firstStep; step < firstStep + steps; step += 1) {
        await writeStep(items, projectId, step);
        if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }),
  );
};

const writeStep = async (items: Container, projectId: number, step: number): Promise<void> => {
  const documents = documentsOf(projectId, step);
  if (step % 5 === 2) return executeBatch(items, documents);
  if (step % 5 === 4) return executeProcedure(items, documents);
  // A replaced document moves to the end of the feed, out of the transaction that made it.
  const replaced = step % 5 === 3 ? { id: `${projectId}-${step - 1}-0` } : {};
  await items.items.upsert({ ...documents[0], ...replaced, transaction: undefined });
};

type Document = { readonly id: string; readonly projectId: number; readonly step: number };

const documentsOf = (projectId: number, step: number): readonly Document[] =>
  Array.from({ length: 2 + ((projectId * 7 + step * 13) % (LARGEST_TRANSACTION - 1)) }, (_, n) => ({
    id: `${projectId}-${step}-${n}`,
    projectId,
    step,
    transaction: `${projectId}-${step}`,
  }));

const executeBatch = async (items: Container, documents: readonly Document[]): Promise<void> => {
  const operations = documents.map(
    (resourceBody): OperationInput => ({ operationType: "Create", resourceBody }),
  );
  const { code } = await items.items.batch(operations, documents[0]?.projectId ?? 0);
  if (code !== 200) throw new Error(`A batch of ${documents.length} was answered with ${code}.`);
};

const executeProcedure = async (
  items: Container,
  documents: readonly Document[],
): Promise<void> => {
  const procedure = items.scripts.storedProcedure(CREATE_TOGETHER);
  const projectId = documents[0]?.projectId ?? 0;
  try {
    const { resource } = await procedure.execute(projectId, [documents]);
    if (resource === documents.length) return;
    throw new Error(`The procedure made ${resource} of ${documents.length} documents.`);
  } catch (error) {
    if ((error as { code?: unknown }).code !== CALL_AGAIN) throw error;
  }
  // Its partition was split while it ran; nothing was stored.
  await executeProcedure(items, documents);
};

/** https://learn.microsoft.com/rest/api/cosmos-db/http-status-codes-for-cosmosdb */
const CALL_AGAIN = 449;

const createTogether = `function createTogether(documents) {
  var container = getContext().getCollection();
  var created = 0;
  next();
  function next() {
    if (created === documents.length) return getContext().getResponse().setBody(created);
    var accepted = container.createDocument(container.getSelfLink(), documents[created], function (error) {
      if (error) throw error;
      created += 1;
      next();
    });
    if (!accepted) throw new Error("refused after " + created);
  }
}`;
