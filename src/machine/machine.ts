/**
 * The machine: an evaluator in WebAssembly (machine/) that is fast and knows no errors. Whenever something goes wrong, or needs what it
 * does not have, it stops, and the other evaluator (src/eval) evaluates from the beginning and tells what is to be told. What it does
 * answer is what the other one would answer.
 */
import { T_NULL, T_PATH, T_STRING } from '../../machine/tags.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { normalizePath } from '../lang/paths.ts';
import { ContextCollector } from '../eval/context.ts';
import { positionValue } from '../eval/builtins/attrsets.ts';
import { realiseContext } from '../eval/builtins/realise.ts';
import { formatFloatFixed } from '../eval/print.ts';
import { floatOf } from '../lang/float-literal.ts';
import { noPos } from '../lang/position.ts';
import type { Forced } from '../eval/value.ts';
import { HostBuiltins } from './builtins.ts';
import { Converter } from './convert.ts';
import { MachineDerivations } from './derivations.ts';
import { derivationText } from './derivation-text.ts';
import type { ExpressionTexts, LocatedExpression } from './expression-texts.ts';
import { namesOf, syntaxNames, typeNames } from './names.ts';
import { MachineMemory, type Cell, type MachineExports } from './memory.ts';
import { catchably, MachineStop, MachineThrow } from './stop.ts';

/** Where texts of expressions are put for `link`: at the end of the memory; in bytes, and at most a quarter of it. */
const SCRATCH = 64 << 20;
/** Where the machine puts bytes together; at most an eighth of the memory. */
const TEXT = 256 << 20;
/** How many values may be under evaluation at once, and at most one for 64 bytes of memory. */
const DEPTH = 4 << 20;

export class Machine {
  readonly memory: MachineMemory;
  readonly converter: Converter;
  private readonly exports: MachineExports;
  private readonly builtins: HostBuiltins;
  private readonly derivations: MachineDerivations;
  private readonly scopeSet: Cell;
  /** Values of files by the paths that were asked for. */
  private readonly imported = new Map<string, Cell>();
  /** By the files that were evaluated, of which one may replace another. */
  private readonly values = new Map<string, Cell>();
  /** The files that are being imported, by the cells that stand for them. */
  private readonly pending = new Map<Cell, { path: string; file: string }>();
  private readonly storePaths = new Map<string, Cell>();
  private readonly scratch: number;
  /** From `scratch` on, in bytes. */
  private readonly room: number;
  private derivation = 0;

  /** `memory`: all zeros, and this machine's alone. */
  constructor(
    private readonly ev: Evaluator,
    module: WebAssembly.Module,
    private readonly texts: ExpressionTexts,
    memory: WebAssembly.Memory,
  ) {
    const instance = new WebAssembly.Instance(module, { env: { memory, abort: stop }, host: this.imports() });
    const exports = (this.exports = instance.exports as unknown as MachineExports);
    const size = memory.buffer.byteLength;
    this.room = Math.min(SCRATCH, size / 4);
    this.scratch = size - this.room;
    exports.init((exports.heapBase() + 15) & ~15, this.scratch - Math.min(TEXT, size / 8), this.scratch, Math.min(DEPTH, size / 64));
    const m = (this.memory = new MachineMemory(memory.buffer as ArrayBuffer, exports));
    this.converter = new Converter(m);
    const symbols = (names: readonly string[]): Cell => m.list(names.map((name) => m.symbol(name)));
    exports.initNames(symbols(namesOf(ev.host.storeDir)));
    exports.initSyntax(symbols(syntaxNames));
    typeNames.forEach((name, i) => exports.setTypeName(T_NULL + i, m.symbol(name)));
    this.derivations = new MachineDerivations(ev, m);
    this.builtins = this.converter.functions = new HostBuiltins(
      ev,
      m,
      this.converter,
      (a) => this.callDerivation(a),
      (path) => this.copyToStore(path),
    );
    this.scopeSet = this.scope();
  }

  /** Why nothing that it answered counts; undefined as long as all went well. */
  get stopped(): unknown {
    return this.memory.stopped;
  }

  /** The value of a file. Throws anything when it cannot be had, and has stopped then. */
  evalFile(path: string): Forced {
    return this.memory.enter(() => this.converter.forced(this.fileValue(path)));
  }

  /** The value of a text; relative paths begin at `folder`. Throws at once what is wrong with its syntax. */
  prepareText(text: string, folder: string, name: string): () => Forced {
    const expression = this.memory.enter(() => this.link(this.texts.expression(Buffer.from(text, 'latin1'), folder, name, this.parse)));
    return () => this.memory.enter(() => this.converter.forced(this.exports.evaluate(expression, 0) >>> 0));
  }

  /** Files that changed are read again from now on. */
  forgetFiles(): void {
    this.imported.clear();
    this.values.clear();
    this.storePaths.clear();
  }

  /** What is in scope everywhere, as a set; `builtins` too. */
  private scope(): Cell {
    const { memory: m, ev } = this;
    const entries: [string, Cell, number][] = [...this.builtins.cells].map(([name, cell]) => [name, cell, 0]);
    // A set cannot be made before what it holds: `builtins.builtins` is filled in.
    const set = m.attrs([...entries, ['builtins', m.NULL, 0]]);
    m.setWord(this.exports.find(set, m.symbol('builtins')) + 4, set);
    const scope: [string, Cell, number][] = [['builtins', set, 0]];
    for (const [name, cell] of this.builtins.cells) scope.push([ev.globals.has(name) ? name : `__${name}`, cell, 0]);
    return m.attrs(scope);
  }

  /** A text as writeExpression would write it, in memory that is the machine's; undefined where something is wrong with it, or unusual. */
  readonly parse = (text: Uint8Array): Uint8Array | undefined => {
    if (text.length > this.room - 16) return undefined;
    const { bytes } = this.memory;
    bytes.set(text, this.scratch);
    bytes.fill(0, this.scratch + text.length, this.scratch + text.length + 16);
    try {
      const at = this.exports.parse(this.scratch, text.length, this.scopeSet) >>> 0;
      return bytes.subarray(at, at + this.exports.writtenSize());
    } catch (error) {
      // What is nested too deeply is the other parser's as well.
      if (error instanceof MachineStop || error instanceof RangeError) return undefined;
      throw error;
    }
  };

  private link(loaded: LocatedExpression): number {
    if (loaded.bytes.length > this.room) throw new MachineStop('a text that is too large');
    this.memory.bytes.set(loaded.bytes, this.scratch);
    return this.exports.link(this.scratch, this.scopeSet, this.memory.string(loaded.folder), loaded.position) >>> 0;
  }

  private fileValue(path: string): Cell {
    const found = this.fileCell(path);
    if (this.memory.tag(found) !== 0) return found;
    const value = this.exports.evaluate(this.memory.word(found + 4), 0) >>> 0;
    this.fileEvaluated(found, value);
    return value;
  }

  /** The value of a file, or a cell without tag that holds its expression. */
  private fileCell(path: string): Cell {
    const known = this.imported.get(path);
    if (known !== undefined) return known;
    const file = this.ev.fileToEvaluate(path);
    const value = this.values.get(file);
    if (value !== undefined) {
      this.imported.set(path, value);
      return value;
    }
    const record = this.memory.allocate(8);
    this.memory.setWord(record + 4, this.link(this.texts.file(file, this.parse)));
    this.pending.set(record, { path, file });
    return record;
  }

  private fileEvaluated(record: Cell, value: Cell): void {
    const { path, file } = this.pending.get(record)!;
    this.imported.set(path, value);
    this.values.set(file, value);
    this.pending.delete(record);
  }

  private callDerivation(argument: Cell): Cell {
    if (this.derivation === 0)
      this.derivation =
        this.exports.evaluate(this.link(this.texts.expression(Buffer.from(derivationText), '/', 'derivation', this.parse)), 0) >>> 0;
    return this.memory.call(this.derivation, [argument]);
  }

  /** The path of a path or string, with what its context asks for realised. */
  private pathOf(cell: Cell): string {
    const { memory: m } = this;
    const path = m.text(cell);
    if (m.tag(cell) === T_STRING) {
      if (!path.startsWith('/')) throw new MachineStop('a relative path');
      const context = m.context(cell);
      if (context.length > 0) realiseContext(this.ev, new Set(context), noPos);
    }
    return normalizePath(path);
  }

  private imports(): Record<string, (...args: number[]) => number | void> {
    return {
      fail: stop,
      failCatchably: () => {
        throw new MachineThrow();
      },
      tryForce: (value) => {
        try {
          return this.exports.forceValue(value!);
        } catch (error) {
          if (error instanceof MachineThrow) return 0;
          throw error;
        }
      },
      runBuiltin: (number, a, b, c) => this.builtins.run(number!, a!, b!, c!),
      forceOutside: (number) => catchably(() => this.converter.forceOutside(number!)),
      otherDerivation: (set) => catchably(() => this.builtins.otherDerivation(set! >>> 0)),
      parseFloat: (digits, length) => floatOf(this.memory.bytes.toString('latin1', digits! >>> 0, (digits! >>> 0) + length!)) ?? NaN,
      sha256: (from, length, to) => this.derivations.sha256(from! >>> 0, length! >>> 0, to! >>> 0),
      inputHash: (drvPath) => this.derivations.inputHash(drvPath! >>> 0),
      fixedOutput: (hash, algorithm, mode, name) => this.derivations.fixedOutput(hash! >>> 0, algorithm! >>> 0, mode! >>> 0, name! >>> 0),
      writeDerivation: (drvPath, bytes, length, references) =>
        this.derivations.write(drvPath! >>> 0, bytes! >>> 0, length! >>> 0, references! >>> 0),
      importFile: (cell) => this.importFile(cell! >>> 0),
      fileEvaluated: (record, value) => this.fileEvaluated(record! >>> 0, value! >>> 0),
      copyToStore: (cell) => this.copyToStore(cell! >>> 0),
      positionValue: (position) => this.converter.cell(positionValue(position! >>> 0)),
      findFile: (cell) => catchably(() => this.memory.newText(T_PATH, this.ev.findFile(this.memory.text(cell! >>> 0), noPos))),
      formatFloat: (n) => this.memory.string(formatFloatFixed(n!)),
      trace: (value) => {
        if (this.memory.tag(value! >>> 0) !== T_STRING) throw new MachineStop('a trace of a value');
        this.ev.host.trace(this.memory.text(value! >>> 0));
      },
    };
  }

  private importFile(cell: Cell): Cell {
    const path = this.pathOf(cell);
    if (path.endsWith('.drv')) throw new MachineStop('import of a derivation');
    return this.fileCell(path);
  }

  private copyToStore(cell: Cell): Cell {
    const path = this.memory.text(cell);
    let string = this.storePaths.get(path);
    if (string === undefined) {
      const collector = new ContextCollector();
      const storePath = this.ev.copyPathToStore(path, collector, noPos);
      string = this.memory.string(storePath, this.memory.newContext(collector.context));
      this.storePaths.set(path, string);
    }
    return string;
  }
}

function stop(reason?: number): never {
  throw new MachineStop(`reason ${reason}`);
}
