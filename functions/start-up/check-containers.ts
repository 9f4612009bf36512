import type { ContainerDefinition } from "@azure/cosmos";

/** What the app takes from a container's description. */
export type ContainerFacts = Pick<ContainerDefinition, "partitionKey" | "defaultTtl">;

/** Lists what is wrong with the container that holds requests, todos and counters. */
export const faultsOfItems = (
  name: string,
  { partitionKey, defaultTtl }: ContainerFacts,
): readonly string[] => {
  const faults = wrongKey(name, partitionKey, "/projectId");
  if (defaultTtl === undefined || defaultTtl < 0) return faults;
  return [
    ...faults,
    `the container "${name}" lets items expire after ${defaultTtl} s, counters and pending requests too; remove its defaultTtl`,
  ];
};

/**
 * Lists what is wrong with the container that holds the leases.
 *
 * source  the trigger creates it with time to live -1: each lease says itself when it ends
 */
export const faultsOfLeases = (
  name: string,
  { partitionKey, defaultTtl }: ContainerFacts,
): readonly string[] => {
  const faults = wrongKey(name, partitionKey, "/id");
  if (defaultTtl === -1) return faults;
  const found = defaultTtl === undefined ? "no time to live" : `the time to live ${defaultTtl} s`;
  return [...faults, `the container "${name}" has ${found}; set its defaultTtl to -1`];
};

const wrongKey = (
  name: string,
  partitionKey: ContainerFacts["partitionKey"],
  path: string,
): readonly string[] => {
  const paths = partitionKey?.paths ?? [];
  if (paths.length === 1 && paths[0] === path) return [];
  return [
    `the container "${name}" has the partition key ${paths.join(",") || "(none)"}, which never changes; create one with ${path} and name it in the settings`,
  ];
};
