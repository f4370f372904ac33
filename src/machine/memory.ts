/** The machine's memory as JavaScript reads and writes it: the cells that machine/cells.ts describes. Strings are byte strings. */

import { T_DONE, T_LAZY, T_LIST, T_STRING } from '../../machine/tags.ts';

export type Cell = number;

/** What machine/index.ts exports. */
export interface MachineExports {
  init(start: number, text: number, end: number, depth: number): void;
  knownHash(drvPath: Cell): Cell;
  initNames(names: Cell): void;
  heapBase(): number;
  allocate(size: number): number;
  int(n: bigint): Cell;
  float(n: number): Cell;
  symbol(string: Cell): Cell;
  find(set: Cell, name: Cell): number;
  attrsFrom(entries: number, count: number): Cell;
  entriesByName(set: Cell): Cell;
  contextFrom(element: Cell): number;
  mergeContexts(a: number, b: number): number;
  forceValue(value: Cell): Cell;
  callMany(f: Cell, args: number, count: number): Cell;
  coerceToString(value: Cell, more: number, copy: number): Cell;
  evaluate(expression: number, scope: number): Cell;
  link(source: number, builtins: Cell, folder: Cell, position: number): number;
  initSyntax(names: Cell): void;
  parse(bytes: number, length: number, scope: Cell): number;
  writtenSize(): number;
  setTypeName(tag: number, name: Cell): void;
  readonly NULL: WebAssembly.Global;
  readonly TRUE: WebAssembly.Global;
  readonly FALSE: WebAssembly.Global;
  readonly EMPTY_STRING: WebAssembly.Global;
  readonly EMPTY_LIST: WebAssembly.Global;
  readonly EMPTY_ATTRS: WebAssembly.Global;
}

export class MachineMemory {
  readonly bytes: Buffer;
  readonly words: Uint32Array;
  readonly doubles: DataView;
  readonly NULL: Cell;
  readonly TRUE: Cell;
  readonly FALSE: Cell;
  readonly EMPTY_STRING: Cell;
  readonly EMPTY_LIST: Cell;
  readonly EMPTY_ATTRS: Cell;
  /** What ended the machine's work, if anything did. */
  stopped: unknown;
  private depth = 0;
  private readonly symbols = new Map<string, Cell>();
  /** Text of symbols and of elements of contexts, by address. */
  private readonly texts = new Map<Cell, string>();

  constructor(
    buffer: ArrayBuffer,
    readonly exports: MachineExports,
  ) {
    this.bytes = Buffer.from(buffer);
    this.words = new Uint32Array(buffer);
    this.doubles = new DataView(buffer);
    this.NULL = exports.NULL.value as number;
    this.TRUE = exports.TRUE.value as number;
    this.FALSE = exports.FALSE.value as number;
    this.EMPTY_STRING = exports.EMPTY_STRING.value as number;
    this.EMPTY_LIST = exports.EMPTY_LIST.value as number;
    this.EMPTY_ATTRS = exports.EMPTY_ATTRS.value as number;
  }

  word(address: number): number {
    return this.words[address >>> 2]!;
  }

  setWord(address: number, value: number): void {
    this.words[address >>> 2] = value;
  }

  tag(cell: Cell): number {
    return this.words[cell >>> 2]! & 0xff;
  }

  /**
   * Runs something of the machine from outside; when that fails, and not within something else that may handle it, the machine has stopped.
   */
  enter<T>(run: () => T): T {
    // Whoever handled that may ask for more: nothing is to be had, and nothing to be told of it.
    if (this.stopped !== undefined) throw this.stopped;
    this.depth += 1;
    try {
      return run();
    } catch (error) {
      if (this.depth === 1) this.stopped ??= error;
      throw error;
    } finally {
      this.depth -= 1;
    }
  }

  force(value: Cell): Cell {
    return this.tag(value) < T_LAZY ? value : this.enter(() => this.exports.forceValue(value) >>> 0);
  }

  /** The value of a lazy one that was evaluated; any other as it is. */
  settled(cell: Cell): Cell {
    return this.tag(cell) === T_DONE ? this.word(cell + 4) : cell;
  }

  call(f: Cell, args: readonly Cell[]): Cell {
    const at = this.allocate(4 * args.length);
    this.words.set(args, at >>> 2);
    return this.enter(() => this.exports.callMany(f, at, args.length) >>> 0);
  }

  coerceToString(value: Cell, more: boolean, copy: boolean): Cell {
    return this.enter(() => this.exports.coerceToString(value, more ? 1 : 0, copy ? 1 : 0) >>> 0);
  }

  int(n: bigint): Cell {
    return this.exports.int(n) >>> 0;
  }

  float(n: number): Cell {
    return this.exports.float(n) >>> 0;
  }

  /** The bytes of a string or path. */
  text(cell: Cell): string {
    const length = this.words[(cell >>> 2) + 1]!;
    return this.bytes.toString('latin1', cell + 12, cell + 12 + length);
  }

  /** As `text`, for a cell that is asked for again and again. */
  symbolText(cell: Cell): string {
    let text = this.texts.get(cell);
    if (text === undefined) this.texts.set(cell, (text = this.text(cell)));
    return text;
  }

  bigint(cell: Cell): bigint {
    return this.doubles.getBigInt64(cell + 8, true);
  }

  double(cell: Cell): number {
    return this.doubles.getFloat64(cell + 8, true);
  }

  allocate(size: number): number {
    return this.exports.allocate(size) >>> 0;
  }

  /** A string or path. */
  newText(tag: number, text: string, context = 0): Cell {
    const cell = this.allocate(12 + text.length);
    const at = cell >>> 2;
    this.words[at] = tag;
    this.words[at + 1] = text.length;
    this.words[at + 2] = context;
    this.bytes.write(text, cell + 12, text.length, 'latin1');
    return cell;
  }

  string(text: string, context = 0): Cell {
    return text === '' && context === 0 ? this.EMPTY_STRING : this.newText(T_STRING, text, context);
  }

  symbol(text: string): Cell {
    let cell = this.symbols.get(text);
    if (cell === undefined) this.symbols.set(text, (cell = this.exports.symbol(this.newText(T_STRING, text)) >>> 0));
    return cell;
  }

  list(items: readonly Cell[]): Cell {
    if (items.length === 0) return this.EMPTY_LIST;
    const cell = this.allocate(8 + 4 * items.length);
    this.words.set([T_LIST, items.length], cell >>> 2);
    this.words.set(items, (cell >>> 2) + 2);
    return cell;
  }

  /** A set from names, which must differ, values and positions. */
  attrs(entries: readonly (readonly [name: string, value: Cell, position: number])[]): Cell {
    if (entries.length === 0) return this.EMPTY_ATTRS;
    const from = this.allocate(12 * entries.length);
    entries.forEach(([name, value, position], i) => this.words.set([this.symbol(name), value, position], (from >>> 2) + 3 * i));
    return this.exports.attrsFrom(from, entries.length) >>> 0;
  }

  /** The addresses of the elements of a list. */
  elements(list: Cell): Uint32Array {
    const at = list >>> 2;
    return this.words.subarray(at + 2, at + 2 + this.words[at + 1]!);
  }

  /** Name, value and position of each attribute, in the order of the names' bytes. */
  *entries(set: Cell): IterableIterator<[name: string, value: Cell, position: number]> {
    for (const entry of this.elements(this.exports.entriesByName(set) >>> 0)) {
      const at = entry >>> 2;
      yield [this.symbolText(this.words[at]!), this.words[at + 1]!, this.words[at + 2]!];
    }
  }

  /** The value of an attribute; undefined if there is none. */
  attribute(set: Cell, name: string): Cell | undefined {
    const entry = this.exports.find(set, this.symbol(name)) >>> 0;
    return entry === 0 ? undefined : this.word(entry + 4);
  }

  /** The elements of a string's context. */
  context(string: Cell): string[] {
    const context = this.words[(string >>> 2) + 2]!;
    if (context === 0) return [];
    const at = context >>> 2;
    return Array.from(this.words.subarray(at + 1, at + 1 + this.words[at]!), (element) => this.symbolText(element));
  }

  newContext(elements: Iterable<string>): number {
    let context = 0;
    for (const element of elements) context = this.exports.mergeContexts(context, this.exports.contextFrom(this.symbol(element))) >>> 0;
    return context;
  }
}
