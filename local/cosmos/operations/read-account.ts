import { METADATA_CHARGE } from "../charges.ts";
import type { Operation } from "../http/exchange.ts";

/**
 * Describes the account: one region, session consistency, at the address that the client used.
 *
 * source  azure-sdk-for-rust `in_memory_emulator/system_properties.rs`; SDKs go on to the address given
 */
export const readAccount: Operation = ({ headers }) => {
  const host = headers.host ?? "127.0.0.1";
  const name = host.replace(/:\d+$/, "");
  const locations = [{ name: "Local", databaseAccountEndpoint: `http://${host}/` }];
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
    enableMultipleWriteLocations: false,
    continuousBackupEnabled: false,
    enableNRegionSynchronousCommit: false,
    enablePerPartitionFailoverBehavior: false,
    disableCrossRegionalHedging: false,
    userReplicationPolicy: { asyncReplication: false, ...replication },
    userConsistencyPolicy: { defaultConsistencyLevel: "Session" },
    systemReplicationPolicy: replication,
    readPolicy: { primaryReadCoefficient: 1, secondaryReadCoefficient: 1 },
    queryEngineConfiguration: "{}",
  };
  return { status: 200, headers: [], body: JSON.stringify(account), chargeRu: METADATA_CHARGE };
};
