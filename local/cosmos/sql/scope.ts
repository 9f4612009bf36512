import type { Aggregate } from "./aggregates.ts";
import type { Value } from "./ast.ts";
import { DOCUMENT_SLOT } from "./row.ts";
import { type Position, semanticError } from "./syntax-error.ts";

/** What one query text needs room for when it runs. */
export type Program = { slots: number; readonly parameters: string[] };

/** The names that an expression may use, and where its aggregates are collected. */
export class Scope {
  readonly program: Program;
  readonly #parent: Scope | undefined;
  readonly #names = new Map<string, number>();
  /** Aggregates found so far; undefined where none may stand. */
  readonly aggregates: Aggregate[] | undefined;

  constructor(program: Program, parent?: Scope, aggregates?: Aggregate[]) {
    this.program = program;
    this.#parent = parent;
    this.aggregates = aggregates;
  }

  find(name: string): number | undefined {
    return this.#names.get(name) ?? this.#parent?.find(name);
  }

  resolve(name: string, position: Position): number {
    const slot = this.find(name);
    if (slot === undefined) {
      throw semanticError(`Identifier '${name}' could not be resolved.`, position);
    }
    return slot;
  }

  /** Gives a name to a new slot, or to the document itself. */
  declare(name: string | undefined, slot = this.program.slots): number {
    if (slot === this.program.slots) this.program.slots += 1;
    if (name === undefined) return slot;
    if (this.#names.has(name)) {
      throw semanticError(`The input alias '${name}' is specified more than once.`);
    }
    this.#names.set(name, slot);
    return slot;
  }

  parameter(name: string): number {
    const known = this.program.parameters.indexOf(name);
    return known >= 0 ? known : this.program.parameters.push(name) - 1;
  }

  /** The same names, with a place for aggregates or without. */
  within(aggregates: Aggregate[] | undefined): Scope {
    return new Scope(this.program, this, aggregates);
  }
}

export const newProgram = (): Program => ({ slots: DOCUMENT_SLOT + 1, parameters: [] });

export const emptySlots = ({ slots }: Program): Value[] => new Array<Value>(slots).fill(undefined);
