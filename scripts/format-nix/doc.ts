/** Documents that can be broken into lines, and their layout within a width (Wadler's pretty printer, as in Prettier). */

export type Doc =
  | string
  | Doc[]
  /** A space or nothing; a line break when the enclosing group is broken. */
  | { t: 'line'; soft: boolean }
  | { t: 'hard' }
  /** A line break without indentation. */
  | { t: 'literal' }
  | { t: 'indent'; of: Doc; by: number }
  /** `columns`: its own width. */
  | { t: 'group'; of: Doc; broken: boolean; columns?: number }
  /** The first alternative that fits; the first one is tried on one line. */
  | { t: 'choice'; states: Doc[] }
  /** Continues below its first line; what follows on its last line is not broken. */
  | { t: 'open'; of: Doc; tail: string }
  /** A comment at the end of the line. */
  | { t: 'suffix'; text: string }
  /** A line break, unless the line is still empty. */
  | { t: 'fresh' }
  /** An empty line, at the start of a line. */
  | { t: 'blank' };

export const line: Doc = { t: 'line', soft: false };
export const softline: Doc = { t: 'line', soft: true };
export const hardline: Doc = { t: 'hard' };
export const literalLine: Doc = { t: 'literal' };
export const freshLine: Doc = { t: 'fresh' };
export const blankLine: Doc = { t: 'blank' };
export const indent = (...of: Doc[]): Doc => ({ t: 'indent', of, by: 2 });
export const group = (of: Doc, broken = false): Doc => ({ t: 'group', of, broken });
export const choice = (states: Doc[]): Doc => (states.length === 1 ? states[0]! : { t: 'choice', states });
export const join = (separator: Doc, docs: Doc[]): Doc[] => docs.flatMap((doc, i) => (i === 0 ? [doc] : [separator, doc]));

const forced = new WeakMap<object, boolean>();

/** Whether a document has line breaks at any width. */
export function breaks(doc: Doc): boolean {
  if (typeof doc === 'string') return false;
  const known = forced.get(doc);
  if (known !== undefined) return known;
  const answer = breaksAnew(doc);
  forced.set(doc, answer);
  return answer;
}

function breaksAnew(doc: Exclude<Doc, string>): boolean {
  if (Array.isArray(doc)) return doc.some(breaks);
  switch (doc.t) {
    case 'line':
    case 'blank':
      return false;
    case 'indent':
    case 'open':
      return breaks(doc.of);
    case 'group':
      return doc.broken || breaks(doc.of);
    case 'choice':
      return breaks(doc.states[0]!);
    default:
      return true;
  }
}

/** The text of a document without line breaks. */
export function flat(doc: Doc): string {
  if (typeof doc === 'string') return doc;
  if (Array.isArray(doc)) return doc.map(flat).join('');
  switch (doc.t) {
    case 'line':
      return doc.soft ? '' : ' ';
    case 'indent':
    case 'group':
      return flat(doc.of);
    case 'open':
      return flat(doc.of) + doc.tail;
    case 'choice':
      return flat(doc.states[0]!);
    default:
      return '';
  }
}

/** The width in columns of a text given as UTF-8 bytes. */
export function width(text: string): number {
  let n = 0;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xc0) !== 0x80) n++;
  return n;
}

/** The column by which the text after a multi-line closing bracket must end. */
const COLUMNS_OF_TAIL = 80;

interface Command {
  indent: number;
  flat: boolean;
  doc: Doc;
}

/** Whether everything up to the next line break fits. */
function fits(first: Command, rest: readonly Command[], room: number): boolean {
  const stack = [first];
  let next = rest.length;
  while (room >= 0) {
    const command = stack.pop() ?? rest[--next];
    if (!command) return true;
    const { doc } = command;
    if (typeof doc === 'string') room -= width(doc);
    else if (Array.isArray(doc)) for (let i = doc.length - 1; i >= 0; i--) stack.push({ ...command, doc: doc[i]! });
    else if (doc.t === 'line') {
      if (!command.flat) return true;
      if (!doc.soft) room--;
    } else if (doc.t === 'hard' || doc.t === 'literal' || doc.t === 'fresh') return true;
    else if (doc.t === 'indent') stack.push({ ...command, doc: doc.of });
    else if (doc.t === 'open') {
      if (command.indent + doc.tail.length > COLUMNS_OF_TAIL) return false;
      stack.push({ ...command, doc: [doc.of, doc.tail] });
    } else if (doc.t === 'group') stack.push({ ...command, flat: !breaks(doc), doc: doc.of });
    else if (doc.t === 'choice') stack.push({ ...command, flat: !breaks(doc), doc: doc.states[0]! });
  }
  return false;
}

export function print(doc: Doc, columns: number): string {
  const out: string[] = [];
  let column = 0;
  /** The indentation of a line that is still empty. */
  let pending: number | null = 0;
  let suffix = '';
  let isBlank = true;
  const stack: Command[] = [{ indent: 0, flat: false, doc }];
  const newLine = (indentation: number): void => {
    if (suffix !== '') {
      if (pending !== null) out.push(' '.repeat(pending), suffix);
      else out.push(' ', suffix);
      pending = null;
    }
    suffix = '';
    isBlank = pending !== null;
    out.push('\n');
    pending = column = indentation;
  };
  for (let command = stack.pop(); command; command = stack.pop()) {
    const { doc, indent: indentation } = command;
    if (typeof doc === 'string') {
      if (doc === '') continue;
      if (pending !== null) out.push(' '.repeat(pending));
      pending = null;
      out.push(doc);
      column += width(doc);
    } else if (Array.isArray(doc)) for (let i = doc.length - 1; i >= 0; i--) stack.push({ ...command, doc: doc[i]! });
    else
      switch (doc.t) {
        case 'line':
          if (!command.flat) newLine(indentation);
          else if (!doc.soft) stack.push({ ...command, doc: ' ' });
          break;
        case 'hard':
          newLine(indentation);
          break;
        case 'literal':
          newLine(0);
          pending = null;
          break;
        case 'fresh':
          if (pending === null) newLine(indentation);
          else pending = column = indentation;
          break;
        case 'blank':
          if (pending !== null && !isBlank) {
            newLine(indentation);
            isBlank = true;
          }
          break;
        case 'suffix':
          suffix += `${suffix === '' ? '' : ' '}${doc.text}`;
          break;
        case 'indent':
          stack.push({ ...command, indent: indentation + doc.by, doc: doc.of });
          break;
        case 'open':
          stack.push({ ...command, doc: [doc.of, doc.tail] });
          break;
        case 'group': {
          const flatly: Command = { indent: indentation, flat: true, doc: doc.of };
          const isFlat = !breaks(doc) && (command.flat || fits(flatly, stack, (doc.columns ?? columns) - column));
          stack.push(isFlat ? flatly : { ...command, flat: false, doc: doc.of });
          break;
        }
        case 'choice': {
          const first: Command = { indent: indentation, flat: true, doc: doc.states[0]! };
          if (!breaks(first.doc) && (command.flat || fits(first, stack, columns - column))) {
            stack.push(first);
            break;
          }
          const others = breaks(first.doc) ? doc.states : doc.states.slice(1);
          const commands = others.map((state): Command => ({ indent: indentation, flat: false, doc: state }));
          stack.push(commands.find((state) => fits(state, stack, columns - column)) ?? commands.at(-1) ?? first);
          break;
        }
      }
  }
  if (suffix !== '') newLine(0);
  return out.join('');
}
