/**
 * The builtins that the machine leaves to the other evaluator: their arguments are turned into its values, its answer into the machine's.
 */
import * as numbers from '../../machine/builtin-numbers.ts';
import { T_ATTRS, T_CALL, T_LIST, T_PRIMOP, T_STRING } from '../../machine/tags.ts';
import { AttrsBuilder } from '../eval/attrs.ts';
import { allBuiltins } from '../eval/builtins/index.ts';
import { printXml } from '../eval/builtins/xml-print.ts';
import { ContextCollector } from '../eval/context.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { force, makeThunk } from '../eval/force.ts';
import { PrimOp, type BuiltinDef, type Forced, type NixFunction, type NixString } from '../eval/value.ts';
import { noPos } from '../lang/position.ts';
import type { Converter, FunctionTable } from './convert.ts';
import { JsonPrinter } from './json.ts';
import type { Cell, MachineMemory } from './memory.ts';
import { catchably, MachineStop } from './stop.ts';

type Run = (a: Cell, b: Cell, c: Cell) => Cell;

export class HostBuiltins implements FunctionTable {
  /** By the names of `builtins`. */
  readonly cells = new Map<string, Cell>();
  /** By number, from B_OTHERS on. */
  private readonly others: Run[] = [];
  private readonly outer = new Map<number, NixFunction>();
  private readonly names = new Map<number, string>();

  /** `derivation` is a function of Nix. */
  constructor(
    private readonly ev: Evaluator,
    private readonly memory: MachineMemory,
    private readonly converter: Converter,
    derivation: Run,
    private readonly copyToStore: (path: Cell) => Cell,
  ) {
    const own = new Map(Object.entries(numbers).map(([name, number]) => [name === 'B_foldl' ? "foldl'" : name.slice(2), number]));
    const special: Record<string, Run> = {
      derivation,
      toJSON: (a) => this.toJson(a),
      toXML: (a) => {
        const context = new ContextCollector();
        const text = converter.passing(() => printXml(converter.forced(a), context));
        return memory.string(text, memory.newContext(context.context));
      },
      deepSeq: (a, b) => {
        this.deepForce(a, new Set());
        return b;
      },
    };
    for (const def of allBuiltins) {
      if (def.name === 'builtins' || !ev.builtins.has(def.name)) continue;
      const constant = def.args.length === 0;
      const number = own.get(def.name) ?? this.add(special[def.name] ?? this.plain(def));
      const cell = this.primop(number, constant ? 1 : def.args.length, def.name);
      this.names.set(number, def.name);
      this.cells.set(def.name, constant ? this.constant(def, cell) : cell);
    }
  }

  run(number: number, a: Cell, b: Cell, c: Cell): Cell {
    return catchably(() => this.others[number - numbers.B_OTHERS]!(a >>> 0, b >>> 0, c >>> 0));
  }

  primopOf(number: number): PrimOp | undefined {
    const name = this.names.get(number);
    const value = name === undefined ? undefined : this.ev.builtins.get(name);
    return value instanceof PrimOp ? value : undefined;
  }

  outerOf(number: number): NixFunction {
    const fn = this.outer.get(number);
    if (!fn) throw new MachineStop(`the builtin ${number}`);
    return fn;
  }

  cellOf(primop: PrimOp): Cell | undefined {
    return this.ev.builtins.get(primop.name) === primop ? this.cells.get(primop.name) : undefined;
  }

  addOuter(fn: NixFunction, run: (argument: Cell) => Cell): Cell {
    const number = this.add(run);
    this.outer.set(number, fn);
    return this.primop(number, 1, '');
  }

  private add(run: Run): number {
    return numbers.B_OTHERS + this.others.push(run) - 1;
  }

  private primop(number: number, arity: number, name: string): Cell {
    const cell = this.memory.allocate(16);
    this.memory.words.set([T_PRIMOP, number, arity, this.memory.symbol(name)], cell >>> 2);
    return cell;
  }

  private constant(def: BuiltinDef, primop: Cell): Cell {
    const known: Record<string, Cell> = { true: this.memory.TRUE, false: this.memory.FALSE, null: this.memory.NULL };
    if (Object.hasOwn(known, def.name)) return known[def.name]!;
    // A lazy call, as it may fail.
    const cell = this.memory.allocate(12);
    this.memory.words.set([T_CALL, primop, this.memory.NULL], cell >>> 2);
    return cell;
  }

  private plain(def: BuiltinDef): Run {
    const { converter, ev } = this;
    return (a, b, c) => {
      const args = [a, b, c].slice(0, def.args.length).map((cell) => converter.lazy(cell));
      return converter.cell(force(def.run(ev, noPos, ...args)));
    };
  }

  private toJson(a: Cell): Cell {
    const printer = new JsonPrinter(this.memory, (path) => this.copyToStore(path));
    const text = printer.print(a);
    return this.memory.string(text, printer.context);
  }

  /**
   * derivationStrict for what the machine's own does not take: all attributes become the strings that they stand for when they are asked
   * for, unless they are to be JSON.
   */
  otherDerivation(a: Cell): Cell {
    const { memory: m, converter } = this;
    const set = m.force(a);
    if (m.tag(set) !== T_ATTRS) throw new MachineStop('derivationStrict of no set');
    const builder = new AttrsBuilder();
    for (const [key, value, position] of m.entries(set)) {
      const known = m.settled(value);
      builder.set(
        key,
        m.tag(known) === T_STRING ? converter.string(known) : makeThunk(() => this.derivationAttribute(set, key, value)),
        position,
      );
    }
    const primop = this.ev.builtins.get('derivationStrict') as PrimOp;
    return converter.cell(force(primop.run(this.ev, noPos, builder.build())));
  }

  private derivationAttribute(set: Cell, key: string, value: Cell): Forced {
    const { memory: m, converter } = this;
    const coerced = (cell: Cell): string | NixString => converter.string(m.coerceToString(cell, true, true));
    const forced = m.force(value);
    if (key === 'args' && m.tag(forced) === T_LIST) return Array.from(m.elements(forced), (cell) => makeThunk(() => coerced(cell)));
    // Those that are read as they are, and not as strings.
    if (key === 'args' || key === 'name' || key.startsWith('__') || forced === m.NULL) return converter.forced(forced);
    const structured = m.attribute(set, '__structuredAttrs');
    return structured !== undefined && m.force(structured) === m.TRUE ? converter.forced(forced) : coerced(forced);
  }

  private deepForce(cell: Cell, seen: Set<Cell>): void {
    const { memory: m } = this;
    const value = m.force(cell);
    const tag = m.tag(value);
    if ((tag !== T_LIST && tag !== T_ATTRS) || seen.has(value)) return;
    seen.add(value);
    if (tag === T_LIST) for (const item of Array.from(m.elements(value))) this.deepForce(item, seen);
    else for (const [, item] of m.entries(value)) this.deepForce(item, seen);
  }
}
