import type { CosmosRequest, CosmosResponse, Operation } from "../http/exchange.ts";
import { isOn } from "../http/request-headers.ts";
import type { Container } from "../store/physical-partition.ts";
import { containerOf } from "./find-resource.ts";
import { resourceResponse } from "./resource-response.ts";

export const readContainer: Operation = (request) =>
  containerResponse(request, 200, containerOf(request));

const QUOTA =
  "documentSize=10240;documentsSize=10485760;documentsCount=-1;collectionSize=10485760;";
const USAGE = "documentSize=0;documentsSize=0;documentsCount=-1;collectionSize=0;";

/** Answers with a container; index changes are done when they are acknowledged, so at 100 %. */
export const containerResponse = (
  { headers }: CosmosRequest,
  status: number,
  { resource }: Container,
): CosmosResponse =>
  resourceResponse(status, resource, [
    "x-ms-documentdb-collection-index-transformation-progress",
    "100",
    ...(isOn(headers, "x-ms-documentdb-populatequotainfo")
      ? ["x-ms-resource-quota", QUOTA, "x-ms-resource-usage", USAGE]
      : []),
  ]);
