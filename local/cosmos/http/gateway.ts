import type { KeyObject } from "node:crypto";
import { notImplemented } from "../cosmos-error.ts";
import { authorize } from "./authorization.ts";
import type { Account, CosmosRequest, CosmosResponse } from "./exchange.ts";
import type { Answer } from "./listener.ts";
import { parseResourcePath } from "./resource-path.ts";
import { routes, variantOf } from "./routes.ts";
import { refuseUnsupportedHeaders } from "./unsupported-headers.ts";

export type GatewayOptions = {
  readonly account: Account;
  /** Made once: `createHmac` takes 14 µs with bytes, 3 with a key object. */
  readonly key: KeyObject;
};

/** Takes a request from the wire to its operation: path, signature, route. */
export const gateway = ({ account, key }: GatewayOptions): Answer => {
  return (incoming, body): CosmosResponse | Promise<CosmosResponse> => {
    const { method = "GET", url = "/", headers } = incoming;
    const { segments, template } = parseResourcePath(url);
    authorize({ method, segments, headers }, key, account.now());
    refuseUnsupportedHeaders(headers);
    const request: CosmosRequest = { method, segments, headers, body, account };
    const route = `${method} ${template}${variantOf(method, headers)}`;
    const operation = routes.get(route);
    if (!operation) throw notImplemented(route);
    return operation(request);
  };
};
