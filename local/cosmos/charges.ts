/**
 * Estimates what the service would charge, in request units (RU).
 *
 * The service does not publish its formula; these are fitted to published and measured charges with
 * default indexing, where a term is one indexed scalar of a document or its entry in a composite index.
 *
 * units   sizes in bytes of JSON
 * source  learn.microsoft.com/azure/cosmos-db/optimize-cost-reads-writes (1 KB read 1 RU, 100 KB 10 RU;
 *         1 KB insert about 5.5, 100 KB about 50; replace twice an insert); OrleansContrib/Orleans.CosmosDB
 *         #35 (create 6.29, replace 10.29, in a script 11.68 and 14.89); jet/equinox (query 2.8, delete 7.9)
 */
export const readCharge = (bytes: number): number => 1 + 0.0909 * (kilobytes(bytes) - 1);

export const createCharge = (bytes: number, terms: number): number =>
  4.95 + 0.45 * (kilobytes(bytes) - 1) + 0.19 * terms;

export const replaceCharge = (bytes: number, terms: number): number =>
  1.65 * createCharge(bytes, terms);

export const deleteCharge = (bytes: number, terms: number): number =>
  Math.max(5, 1.25 * createCharge(bytes, terms));

export type QueryCost = {
  readonly returned: number;
  readonly returnedBytes: number;
  /** Documents that were read and did not match, because no index served the filter. */
  readonly scanned: number;
};

export const queryCharge = ({ returned, returnedBytes, scanned }: QueryCost): number =>
  2.8 + 0.04 * returned + 25 * (returnedBytes / MEBIBYTE) + 0.02 * scanned;

/** A page of changes: 1 RU when there are none, else 2 and one for each, at least 26 a MiB. */
export const changesCharge = (changes: number, bytes: number): number =>
  changes === 0 ? 1 : 2 + Math.max(changes, 26 * (bytes / MEBIBYTE));

/** What a script costs beyond its operations. */
export const SCRIPT_CHARGE = 4.6;

/** What one create costs inside a script beyond the same create outside. */
export const SCRIPT_CREATE_EXTRA = 0.8;

/** Reading or writing a database, container, script or offer. */
export const METADATA_CHARGE = 1;

const MEBIBYTE = 1024 * 1024;

const kilobytes = (bytes: number): number => Math.max(1, bytes / 1024);
