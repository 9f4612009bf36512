import { forbidden } from "../cosmos-error.ts";
import type { PartitionReader } from "./partition-reader.ts";
import type { Transaction } from "./transaction.ts";

/** Substatus of a logical partition that may not grow. */
const PARTITION_KEY_SIZE_EXCEEDED = 1014;

/**
 * Refuses a transaction by which a logical partition would grow beyond the limit; one that makes it
 * smaller, or no larger, may pass.
 *
 * units   limitBytes: characters of JSON; the service's limit is 20 GB
 * errors  403/1014
 */
export const requireRoom = (
  transaction: Transaction,
  reader: PartitionReader,
  limitBytes: number,
): void => {
  const growth = new Map<string, number>();
  for (const { pk, id, row } of transaction.writes()) {
    const before = reader.read(pk, id)?.text.length ?? 0;
    const after = row?.item.text.length ?? 0;
    growth.set(pk, (growth.get(pk) ?? 0) + after - before);
  }
  for (const [pk, bytes] of growth) {
    if (bytes > 0 && reader.logicalPartitionBytes(pk) + bytes > limitBytes) {
      throw forbidden(
        `Partition key reached maximum size of ${limitBytes} bytes.`,
        PARTITION_KEY_SIZE_EXCEEDED,
      );
    }
  }
};
