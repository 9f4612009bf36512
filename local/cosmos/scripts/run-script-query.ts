import { notImplemented } from "../cosmos-error.ts";
import type { Source } from "../sql/source.ts";
import type { PageRequest, ScriptPage } from "./run-script.ts";

/** Answers one page of a script's query. */
export const runScriptQuery = (_source: Source, _text: string, _page: PageRequest): ScriptPage => {
  throw notImplemented("queries in stored procedures");
};
