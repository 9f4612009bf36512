import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../local/cosmos/json.ts";
import { effectivePartitionKey } from "../../local/cosmos/partitioning/effective-partition-key.ts";
import { evenKeyRanges, middleOf } from "../../local/cosmos/partitioning/key-ranges.ts";
import {
  childNumber,
  childResourceId,
  containerResourceId,
  databaseResourceId,
} from "../../local/cosmos/partitioning/resource-id.ts";

const v1 = { paths: ["/pk"], kind: "Hash", version: 1 } as const;
const v2 = { paths: ["/pk"], kind: "Hash", version: 2 } as const;
const hierarchical = { paths: ["/a", "/b"], kind: "MultiHash", version: 2 } as const;

/** Vectors of the service, as Microsoft's SDKs test them. */
const V2_VECTORS: [JsonValue[], string][] = [
  [["redmond"], "22E342F38A486A088463DFF7838A5963"],
  [[""], "32E9366E637A71B4E710384B2F4970A0"],
  [["aa"], "05033626483AE80D00E44FBD35362B19"],
  [[null], "378867E4430E67857ACE5C908374FE16"],
  [[true], "0E711127C5B5A8E4726AC6DD306A3E59"],
  [[false], "2FE1BE91E90A3439635E0E9E37361EF2"],
  [[{}], "11622DAA78F835834610ABE56EFF5CB5"],
  [[5], "19C08621B135968252FB34B4CF66F811"],
  [[5.5], "0E2EE47829D1AF775EEFB6540FD1D0ED"],
  [[12313.1221], "27E7ECA8F2EE3E53424DE8D5220631C6"],
  [[123456789], "1F56D2538088EBA82CCF988F36E16760"],
  [["redmond", 50, 5.5, true, false, null, "", 12313.1221], "1A5E512F591E980E07A6D8AD5BD5AB2F"],
];

const V1_VECTORS: [JsonValue[], string][] = [
  [["partitionKey"], "05C1E1B3D9CD2608716273756A756A706F4C667A00"],
  [["redmond"], "05C1EFE313830C087366656E706F6500"],
  [[""], "05C1CF33970FF80800"],
  [["aa"], "05C1C7B7270FE008626200"],
  [[null], "05C1ED45D7475601"],
  [[true], "05C1D7C5A903D803"],
  [[false], "05C1DB857D857C02"],
  [[{}], "05C1D529E345DC00"],
  [[5], "05C1D9C1C5517C05C014"],
  [[5.5], "05C1D7A771716C05C016"],
  [[12313.1221], "05C1ED154D592E05C0C90723F50FC925D8"],
  [[123456789], "05C1D9E1A5311C05C19DB7CD8B40"],
];

describe("the effective partition key", () => {
  test.each(V2_VECTORS)("of %j with version 2 is the service's", (components, epk) => {
    expect(effectivePartitionKey(components, v2)).toBe(epk);
  });

  test.each(V1_VECTORS)("of %j with version 1 is the service's", (components, epk) => {
    expect(effectivePartitionKey(components, v1)).toBe(epk);
  });

  test("of a hierarchical key is the keys of its components, one behind the other", () => {
    expect(effectivePartitionKey(["asdf", "dfs"], hierarchical)).toBe(
      "208BF1D598F5B63AD5520F04FE58C5E815164F32BCB4DC543BECC69BF49E683E",
    );
  });
});

describe("key ranges", () => {
  test("divide a version 2 container in halves as the service does", () => {
    expect(evenKeyRanges(2, v2).map((range) => range.maxExclusive)).toEqual([
      "1FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
      "FF",
    ]);
  });

  test("divide a version 1 container in five as the service does", () => {
    expect(evenKeyRanges(5, v1).map((range) => range.minInclusive)).toEqual([
      "",
      "05C1C9CD673398",
      "05C1D9CD673398",
      "05C1E399CD6732",
      "05C1E9CD673398",
    ]);
  });

  test("are halved between their ends", () => {
    const [whole] = evenKeyRanges(1, v2);
    expect(middleOf(whole!, v2)).toBe("1FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF");
  });
});

test("a resource id says its kind in the top nibble and gives the number back", () => {
  const container = containerResourceId(databaseResourceId(7), 3);
  const document = childResourceId(container, "document", 2 ** 40 + 5);
  const bytes = Buffer.from(document.replaceAll("-", "/"), "base64");
  expect(bytes.length).toBe(16);
  expect((bytes[4] ?? 0) & 0x80).toBe(0x80);
  expect((bytes[15] ?? 0) >> 4).toBe(0);
  expect(childNumber(document)).toBe(2 ** 40 + 5);
  const range = childResourceId(container, "partitionKeyRange", 0);
  expect((Buffer.from(range.replaceAll("-", "/"), "base64")[15] ?? 0) >> 4).toBe(5);
});
