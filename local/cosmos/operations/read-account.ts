import { METADATA_CHARGE } from "../charges.ts";
import type { Operation } from "../http/exchange.ts";

/** Microsoft.Azure.Cosmos 3.64.0 refuses to query where this is empty (seen 2026-11-22). */
const QUERY_ENGINE = { maxSqlQueryInputLength: 262_144 };

/**
 * Describes the account: one region, session consistency, at the address that the client used.
 *
 * shape   whoever ends TLS in front of the server says so with `X-Forwarded-Proto: https`
 * source  azure-sdk-for-rust `in_memory_emulator/system_properties.rs`; SDKs go on to the address given
 */
export const readAccount: Operation = ({ headers, account: { described } }) => {
  const host = headers.host ?? "127.0.0.1";
  const name = host.replace(/:\d+$/, "");
  const scheme = headers["x-forwarded-proto"] === "https" ? "https" : "http";
  const locations = [{ name: "Local", databaseAccountEndpoint: `${scheme}://${host}/` }];
  const replication = { minReplicaSetSize: 3, maxReplicasetSize: 4 };
  const account = {
    _self: "",
    id: name,
    _rid: `${name}.sql.cosmos.azure.com`,
    media: "//media/",
    addresses: "//addresses/",
    _dbs: "//dbs/",
    writableLocations: locations,
    readableLocations: locations,
    enableMultipleWriteLocations: described?.hasSeveralWriteRegions ?? false,
    continuousBackupEnabled: false,
    enableNRegionSynchronousCommit: false,
    enablePerPartitionFailoverBehavior: false,
    disableCrossRegionalHedging: false,
    userReplicationPolicy: { asyncReplication: false, ...replication },
    userConsistencyPolicy: {
      defaultConsistencyLevel: described?.defaultConsistency ?? "Session",
    },
    systemReplicationPolicy: replication,
    readPolicy: { primaryReadCoefficient: 1, secondaryReadCoefficient: 1 },
    queryEngineConfiguration: JSON.stringify(QUERY_ENGINE),
  };
  return { status: 200, headers: [], body: JSON.stringify(account), chargeRu: METADATA_CHARGE };
};
