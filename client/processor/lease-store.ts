import type { Container } from "@azure/cosmos";
import { statusOf } from "../failure.ts";
import { Lease } from "./lease.ts";

/** What a conditional write of a lease came to. */
export type LeaseWrite =
  | { readonly kind: "written"; readonly lease: Lease }
  /** Somebody wrote it since we read it (412). */
  | { readonly kind: "changed" }
  /** It was deleted (404), or the service refuses the write for good (409). */
  | { readonly kind: "gone" };

/** The leases of one processor. */
export type LeaseStore = {
  readonly isInitialized: () => Promise<boolean>;
  readonly markInitialized: () => Promise<void>;
  /** Takes the right to create the first leases; undefined if another host has it. */
  readonly lock: (seconds: number) => Promise<LeaseLock | undefined>;
  readonly unlock: (lock: LeaseLock) => Promise<void>;
  readonly list: () => Promise<readonly Lease[]>;
  /** Undefined if there is a lease of that id already. */
  readonly create: (lease: Lease) => Promise<Lease | undefined>;
  readonly read: (id: string) => Promise<Lease | undefined>;
  /** Writes if it still has the etag that `lease` carries. */
  readonly replace: (lease: Lease) => Promise<LeaseWrite>;
  readonly remove: (id: string) => Promise<void>;
};

export type LeaseLock = { readonly etag: string };

/**
 * Makes the store of the leases whose ids begin with a prefix.
 *
 * shape   the lease container's partition key is /id
 * source  DocumentServiceLeaseStoreCosmos.cs and DocumentServiceLeaseContainerCosmos.cs of the .NET
 *         SDK
 */
export const createLeaseStore = (container: Container, prefix: string): LeaseStore => {
  const infoId = `${prefix}.info`;
  const lockId = `${prefix}.lock`;
  const leaseOf = (resource: unknown): Lease => {
    if (Lease.is(resource)) return resource;
    throw new Error(`A document under "${prefix}.." is not a lease; remove it from the container`);
  };
  return {
    isInitialized: async () => (await container.item(infoId, infoId).read()).statusCode !== 404,
    markInitialized: async () => {
      await unless(409, container.items.create({ id: infoId }));
    },
    lock: async (seconds) => {
      const created = await unless(409, container.items.create({ id: lockId, ttl: seconds }));
      return created ? { etag: created.etag } : undefined;
    },
    unlock: async ({ etag }) => {
      const accessCondition = { type: "IfMatch", condition: etag };
      const removed = container.item(lockId, lockId).delete({ accessCondition });
      // It expired while we had it, and perhaps somebody else has it now.
      await unless(412, unless(404, removed));
    },
    list: async () => {
      const { resources } = await container.items
        .query({
          query: "SELECT * FROM c WHERE STARTSWITH(c.id, @prefix)",
          parameters: [{ name: "@prefix", value: `${prefix}..` }],
        })
        .fetchAll();
      return resources.map(leaseOf);
    },
    create: async (lease) => {
      const created = await unless(409, container.items.create({ ...lease }));
      return created ? leaseOf(created.resource) : undefined;
    },
    read: async (id) => {
      const { statusCode, resource } = await container.item(id, id).read();
      return statusCode === 404 ? undefined : leaseOf(resource);
    },
    replace: (lease) => replaceLease(container, lease),
    remove: async (id) => {
      await unless(404, container.item(id, id).delete());
    },
  };
};

const replaceLease = async (container: Container, lease: Lease): Promise<LeaseWrite> => {
  try {
    const { resource } = await container
      .item(lease.id, lease.id)
      .replace(
        { ...lease },
        { accessCondition: { type: "IfMatch", condition: lease._etag ?? "*" } },
      );
    return Lease.is(resource) ? { kind: "written", lease: resource } : { kind: "gone" };
  } catch (error) {
    const { code } = statusOf(error);
    if (code === 412) return { kind: "changed" };
    if (code === 404 || code === 409) return { kind: "gone" };
    throw error;
  }
};

/** Resolves to undefined if the call fails with that status, which here is an expected outcome. */
const unless = async <A>(code: number, call: Promise<A>): Promise<A | undefined> => {
  try {
    return await call;
  } catch (error) {
    if (statusOf(error).code === code) return undefined;
    throw error;
  }
};
