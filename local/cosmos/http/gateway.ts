import type { IncomingMessage } from "node:http";
import { requireAccess } from "../access/require-access.ts";
import { CosmosError, notFound, notImplemented } from "../cosmos-error.ts";
import { authenticate, type Gatekeeper } from "./authenticate.ts";
import { createChargeLedger } from "./charge-ledger.ts";
import {
  type Account,
  type CosmosRequest,
  type CosmosResponse,
  errorResponse,
  type Operation,
} from "./exchange.ts";
import type { Answer } from "./listener.ts";
import { parseResourcePath } from "./resource-path.ts";
import { routes, variantOf } from "./routes.ts";
import { refuseUnsupportedHeaders } from "./unsupported-headers.ts";

export type GatewayOptions = Gatekeeper & { readonly account: Account };

/** Not of the protocol: what all responses have charged, for this machine only, without a key. */
const CHARGES_PATH = "/_local/charges";

/** Takes a request from the wire to its operation: path, caller, route, access. */
export const gateway = ({ account, ...gatekeeper }: GatewayOptions): Answer => {
  const ledger = createChargeLedger(account.now());
  return async (incoming, body) => {
    const { method = "GET", url = "/", headers } = incoming;
    if (url === CHARGES_PATH) return chargesResponse(incoming, ledger.read());
    const { segments, template } = parseResourcePath(url);
    const caller = authenticate({ method, segments, headers }, gatekeeper, account.now());
    refuseUnsupportedHeaders(headers);
    const request: CosmosRequest = { method, segments, headers, body, account };
    const name = `${method} ${template}${variantOf(method, headers)}`;
    const route = routes.get(name);
    if (!route) throw notImplemented(name);
    if (caller.kind === "principal") requireAccess(caller.principal, route.needs, request);
    const response = await perform(route.operation, request);
    ledger.add(name, response.chargeRu);
    return response;
  };
};

/** Runs an operation; what it is refused with is an answer that charges too. */
const perform = async (operation: Operation, request: CosmosRequest): Promise<CosmosResponse> => {
  try {
    return await operation(request);
  } catch (error) {
    if (error instanceof CosmosError) return errorResponse(error);
    throw error;
  }
};

const chargesResponse = ({ socket }: IncomingMessage, body: string): CosmosResponse => {
  const isLocal = /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? "");
  if (!isLocal) throw notFound();
  return { status: 200, headers: [], body, chargeRu: 0 };
};
