import { T_ATTRS, T_BOOL, T_FLOAT, T_INT, T_LIST, T_NULL, T_PATH, T_STRING } from '../../machine/tags.ts';
import { jsonFloat, quoteJson } from '../eval/builtins/json-print.ts';
import { noPos } from '../lang/position.ts';
import type { Cell, MachineMemory } from './memory.ts';
import { MachineStop } from './stop.ts';

/** A value of the machine in one line of JSON, as src/eval/builtins/json-print.ts prints it, with the context of its strings. */
export class JsonPrinter {
  /** The machine's; 0 for none. */
  context = 0;

  /** `copyToStore` answers the string that a path becomes. */
  constructor(
    private readonly memory: MachineMemory,
    private readonly copyToStore: (path: Cell) => Cell,
  ) {}

  print(cell: Cell): string {
    const { memory } = this;
    const value = memory.force(cell);
    switch (memory.tag(value)) {
      case T_NULL:
        return 'null';
      case T_BOOL:
        return value === memory.TRUE ? 'true' : 'false';
      case T_INT:
        return String(memory.bigint(value));
      case T_FLOAT:
        return jsonFloat(memory.double(value));
      case T_STRING:
        return this.string(value);
      case T_PATH:
        return this.string(this.copyToStore(value));
      case T_LIST:
        return this.list(value);
      case T_ATTRS:
        return this.attrs(value);
      default:
        throw new MachineStop('a function as JSON');
    }
  }

  private list(cell: Cell): string {
    let text = '[';
    for (const item of Array.from(this.memory.elements(cell))) text += (text.length > 1 ? ',' : '') + this.print(item);
    return `${text}]`;
  }

  private string(cell: Cell): string {
    const { memory } = this;
    const context = memory.word(cell + 8);
    if (context !== 0) this.context = memory.exports.mergeContexts(this.context, context) >>> 0;
    return quoteJson(memory.text(cell), noPos);
  }

  private attrs(cell: Cell): string {
    const { memory } = this;
    // As Nix: a path that __toString gives stays where it is.
    if (memory.attribute(cell, '__toString') !== undefined) return this.string(memory.coerceToString(cell, false, false));
    const outPath = memory.attribute(cell, 'outPath');
    if (outPath !== undefined) return this.print(outPath);
    let text = '{';
    for (const [name, value] of memory.entries(cell)) text += `${text.length > 1 ? ',' : ''}${quoteJson(name, noPos)}:${this.print(value)}`;
    return `${text}}`;
  }
}
