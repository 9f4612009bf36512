import { badRequest } from "../cosmos-error.ts";

/** Items of a page when the request names no number. */
const DEFAULT_PAGE_ITEMS = 100;
/** Bytes of a page, unless one item alone is larger. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024;

/** The rows of one answer as they are found. */
export type ResultPage = {
  readonly rows: string[];
  readonly bytes: () => number;
  readonly isFull: () => boolean;
  /** Takes a row, or refuses it because the page has no room: then it is full. */
  readonly push: (text: string) => boolean;
};

/**
 * Opens a page.
 *
 * shape   maxItemCount: -1 lets the size alone decide
 * errors  400 for a number of items that is neither positive nor -1
 */
export const openPage = (maxItemCount = DEFAULT_PAGE_ITEMS): ResultPage => {
  if (!Number.isInteger(maxItemCount) || maxItemCount < -1 || maxItemCount === 0) {
    throw badRequest(`Invalid maximum item count ${maxItemCount}: it must be positive, or -1.`);
  }
  const maxItems = maxItemCount === -1 ? Number.POSITIVE_INFINITY : maxItemCount;
  const rows: string[] = [];
  let bytes = 0;
  let isFull = false;
  return {
    rows,
    bytes: () => bytes,
    isFull: () => isFull,
    push: (text) => {
      const size = Buffer.byteLength(text);
      if (rows.length > 0 && bytes + size > MAX_PAGE_BYTES) isFull = true;
      if (isFull) return false;
      rows.push(text);
      bytes += size;
      isFull = rows.length >= maxItems;
      return true;
    },
  };
};
