import { allowOverrides } from "./inside/allow-overrides.ts";
import { makeArguments } from "./inside/arguments.ts";
import { installClock } from "./inside/clock.ts";
import { makeCollection } from "./inside/collection.ts";
import { makeLog } from "./inside/console.ts";
import { describeThrown } from "./inside/describe-thrown.ts";
import { makeExecution } from "./inside/execution.ts";
import { makeLinks } from "./inside/links.ts";
import { lockRealm } from "./inside/lock-realm.ts";
import { makeMessage } from "./inside/messages.ts";
import { makeCurrent, openRealm } from "./inside/open-realm.ts";
import { makePassReply } from "./inside/pass-reply.ts";
import { installError } from "./inside/script-error.ts";
import { stripRealm } from "./inside/strip-realm.ts";
import { makeUnsupported } from "./inside/unsupported.ts";

/**
 * The source of what is evaluated in a new V8 context before any script.
 *
 * The functions of `inside/` are type-checked with everything else and enter the context as text.
 * That works whether the sources run as they are or bundled, because each of them stands alone: it
 * uses its parameters and the language, never an import or a neighbour of its file.
 */
export const prologueText = (isDeterministic: boolean): string => {
  const parts = {
    allowOverrides,
    makeArguments,
    installClock,
    makeCollection,
    makeLog,
    describeThrown,
    makeExecution,
    makeLinks,
    lockRealm,
    makeMessage,
    makeCurrent,
    makePassReply,
    installError,
    stripRealm,
    makeUnsupported,
  };
  const members = Object.entries(parts).map(([name, part]) => `${name}: ${part}`);
  return `"use strict"; (${openRealm})({ ${members.join(",\n")} }, ${isDeterministic})`;
};
