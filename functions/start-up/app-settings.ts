import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { decodeSettings, type Environment, type Settings } from "../../client/settings.ts";
import {
  decodeTelemetrySettings,
  type TelemetrySettings,
} from "../telemetry/telemetry-settings.ts";

/**
 * What the deployment says it survives: `zone` and `region` as in infra/bicep/promises.bicep; `local`
 * promises nothing beyond the machine.
 */
export const Durability = t.keyof({ local: null, zone: null, region: null });
export type Durability = t.TypeOf<typeof Durability>;

/** All settings of the function app. */
export type AppSettings = {
  readonly cosmos: Settings;
  readonly durability: Durability;
  readonly telemetry: TelemetrySettings | undefined;
};

/**
 * Decodes the settings of the function app from its environment.
 *
 * errors  left: every wrong setting, one sentence each, naming the setting and what to set
 */
export const decodeAppSettings = (
  environment: Environment,
): E.Either<readonly string[], AppSettings> => {
  const cosmos = decodeSettings(environment);
  const durability = Durability.decode(environment.DURABILITY || "local");
  const telemetry = decodeTelemetrySettings(environment);
  if (E.isRight(cosmos) && E.isRight(durability) && E.isRight(telemetry)) {
    return E.right({
      cosmos: cosmos.right,
      durability: durability.right,
      telemetry: telemetry.right,
    });
  }
  return E.left([
    ...(E.isLeft(cosmos) ? cosmos.left : []),
    ...(E.isLeft(durability) ? [WRONG_DURABILITY] : []),
    ...(E.isLeft(telemetry) ? telemetry.left : []),
  ]);
};

const WRONG_DURABILITY =
  'DURABILITY is none of "local", "zone" and "region"; set it as infra/bicep does';

/**
 * Reads the settings of the function app, or throws one error that lists all that is wrong.
 *
 * errors  thrown while the app is loaded it blocks the app: a wrong setting heals only when it is
 *         changed, and then the Functions host starts the app anew
 */
export const readAppSettings = (environment: Environment): AppSettings => {
  const settings = decodeAppSettings(environment);
  if (E.isLeft(settings)) throw new Error(`Wrong settings: ${settings.left.join("; ")}.`);
  return settings.right;
};
