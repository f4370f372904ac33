/**
 * Values of the machine as values of the other evaluator, and back. Both ways only the value itself is turned; what is inside of sets and
 * lists is lazy, and turned when it is asked for.
 */
import {
  T_ATTRS,
  T_BOOL,
  T_FLOAT,
  T_INT,
  T_LAMBDA,
  T_LAZY,
  T_LIST,
  T_NULL,
  T_OUTSIDE,
  T_PARTIAL,
  T_PATH,
  T_PRIMOP,
  T_STRING,
} from '../../machine/tags.ts';
import { call } from '../eval/apply.ts';
import { Attrs, Shape } from '../eval/attrs.ts';
import { makeString } from '../eval/context.ts';
import { force } from '../eval/force.ts';
import {
  FunctionValue,
  Lambda,
  NixFloat,
  NixPath,
  NixString,
  normalizeInt,
  PartialApp,
  PlacedThunk,
  PrimOp,
  PrimOpApp,
  Thunk,
  type Forced,
  type NixFunction,
  type Value,
} from '../eval/value.ts';
import { readLambda } from './lambda.ts';
import type { Cell, MachineMemory } from './memory.ts';
import { MachineStop } from './stop.ts';

/** What the converter needs to know of builtins. */
export interface FunctionTable {
  /** The builtin of this number; undefined for one that stands for a function of the other evaluator. */
  primopOf(number: number): PrimOp | undefined;
  /** The other evaluator's function that a number stands for. */
  outerOf(number: number): NixFunction;
  cellOf(primop: PrimOp): Cell | undefined;
  /** A builtin of one argument that calls `run`. */
  addOuter(fn: NixFunction, run: (argument: Cell) => Cell): Cell;
}

export class Converter {
  functions!: FunctionTable;
  /** What was turned, by its address, so that what is shared stays shared. */
  private readonly values = new Map<Cell, Forced>();
  private readonly cells = new WeakMap<object, Cell>();
  private readonly outside: Value[] = [];
  private keeps = true;

  private readonly runForced = (cell: Cell): Forced => this.forced(cell);

  constructor(private readonly memory: MachineMemory) {}

  /** The value itself, evaluated. */
  forced(cell: Cell): Forced {
    const { memory } = this;
    const value = memory.force(cell);
    const tag = memory.tag(value);
    if (tag < T_LIST) return this.scalar(value, tag) as Forced;
    const known = this.values.get(value);
    if (known !== undefined) return known;
    const made =
      tag === T_LIST
        ? Array.from(memory.elements(value), (item) => this.lazy(item))
        : tag === T_ATTRS
          ? this.attrs(value)
          : this.fn(value, tag);
    if (this.keeps) this.values.set(value, made);
    if (this.keeps) this.cells.set(made, value);
    return made;
  }

  /** Runs what looks through a large value once, for which nothing is remembered. */
  passing<T>(run: () => T): T {
    const before = this.keeps;
    this.keeps = false;
    try {
      return run();
    } finally {
      this.keeps = before;
    }
  }

  /** As a value that is evaluated when it is asked for. */
  lazy(cell: Cell): Value {
    const { memory } = this;
    const settled = memory.settled(cell);
    const tag = memory.tag(settled);
    if (tag < T_LIST) return this.scalar(settled, tag);
    // A list is told apart by the cell that holds it.
    const known = tag < T_LAZY && (tag !== T_LIST || settled === cell) ? this.values.get(settled) : undefined;
    return known ?? new PlacedThunk(this.runForced, cell, cell);
  }

  string(cell: Cell): string | NixString {
    const { memory } = this;
    return makeString(memory.text(cell), new Set(memory.context(cell)));
  }

  private scalar(value: Cell, tag: number): Value {
    const { memory } = this;
    switch (tag) {
      case T_NULL:
        return null;
      case T_BOOL:
        return value === memory.TRUE;
      case T_INT:
        return normalizeInt(memory.bigint(value))!;
      case T_FLOAT:
        return new NixFloat(memory.double(value));
      case T_STRING:
        return this.string(value);
      default:
        return new NixPath(memory.text(value));
    }
  }

  private attrs(cell: Cell): Attrs {
    const names: string[] = [];
    const values: Value[] = [];
    const positions: number[] = [];
    for (const [name, value, position] of this.memory.entries(cell)) {
      names.push(name);
      values.push(this.lazy(value));
      positions.push(position);
    }
    return new Attrs(Shape.of(names), values, positions);
  }

  private fn(cell: Cell, tag: number): NixFunction {
    const { memory } = this;
    if (tag === T_LAMBDA)
      return readLambda(memory, cell, (args) =>
        this.forced(
          memory.call(
            cell,
            args.map((arg) => this.cell(arg)),
          ),
        ),
      );
    if (tag === T_PRIMOP) {
      const number = memory.word(cell + 4);
      return this.functions.primopOf(number) ?? this.functions.outerOf(number);
    }
    if (tag !== T_PARTIAL) throw new MachineStop(`a cell with the tag ${tag}`);
    const inner = this.forced(memory.word(cell + 4));
    const args = Array.from(memory.words.subarray((cell >>> 2) + 3, (cell >>> 2) + 3 + memory.word(cell + 8)), (arg) => this.lazy(arg));
    if (inner instanceof Lambda) return new PartialApp(inner, args);
    return new PrimOpApp(inner as PrimOp, args);
  }

  /** A value of the other evaluator, which may be lazy. */
  cell(v: Value): Cell {
    const { memory } = this;
    if (v instanceof PlacedThunk) return v.place;
    const value = v instanceof Thunk && v.code === null ? (v.env as Value) : v;
    if (typeof value === 'string') return memory.string(value);
    if (value instanceof NixString) return memory.string(value.s, memory.newContext(value.context));
    if (value === null) return memory.NULL;
    if (typeof value === 'boolean') return value ? memory.TRUE : memory.FALSE;
    if (typeof value === 'number' || typeof value === 'bigint') return memory.int(BigInt(value));
    if (value instanceof NixFloat) return memory.float(value.value);
    if (value instanceof NixPath) return memory.newText(T_PATH, value.path);
    const known = this.cells.get(value);
    if (known !== undefined) return known;
    const made =
      value instanceof Thunk
        ? this.newOutside(value)
        : Array.isArray(value)
          ? memory.list(value.map((item) => this.inner(item)))
          : value instanceof Attrs
            ? this.set(value)
            : this.function(value);
    this.cells.set(value, made);
    return made;
  }

  /** The evaluated value of one that `cell` made lazy. */
  forceOutside(number: number): Cell {
    const cell = this.cell(force(this.outside[number]!));
    // A value that refers to itself may have been made lazy again.
    return this.memory.force(cell);
  }

  private set(attrs: Attrs): Cell {
    return this.memory.attrs([...attrs.entries()].map(([name, value, position]) => [name, this.inner(value), position] as const));
  }

  /** What is inside of another: lazy where it could lead back to where it is, or may not be wanted. */
  private inner(v: Value): Cell {
    if (v instanceof PlacedThunk) return v.place;
    const value = v instanceof Thunk && v.code === null ? (v.env as Value) : v;
    const isObject = value instanceof Attrs || Array.isArray(value) || value instanceof FunctionValue;
    return isObject && !this.cells.has(value) ? this.newOutside(value as Value) : this.cell(value);
  }

  private newOutside(value: Value): Cell {
    const { memory } = this;
    const cell = memory.allocate(12);
    memory.words.set([T_OUTSIDE, this.outside.length], cell >>> 2);
    this.outside.push(value);
    return cell;
  }

  private function(fn: NixFunction): Cell {
    if (fn instanceof PrimOp) {
      const cell = this.functions.cellOf(fn);
      if (cell !== undefined) return cell;
    }
    // builtins.functionArgs would not see them.
    if (fn instanceof Lambda && fn.info.formals) throw new MachineStop('a function of a pattern');
    return this.functions.addOuter(fn, (argument) => this.memory.force(this.cell(call(fn, this.lazy(argument)))));
  }
}
