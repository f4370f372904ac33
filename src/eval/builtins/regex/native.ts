/**
 * The same pattern for JavaScript's own engine, where both must agree. It differs in three things: it takes the first alternative that
 * matches and not the longest, it refuses rounds of a loop that take nothing, and it forgets what groups took at each round. A pattern
 * where one of these could show is left to our own engine, as is one that could take exponential time: a loop whose body can match the same
 * text in two ways.
 */
import type { ParsedRegex, RegexNode } from './parse.ts';

/** Beyond this count of repetitions JavaScript's engine compiles slowly. */
const COUNT_LIMIT = 1000;

export interface NativePattern {
  /** A RegExp source without anchors around it. */
  source: string;
  /** How many unbounded loops follow one another: the time may grow by this power of the text's length. */
  loops: number;
}

/** undefined for a pattern of ours alone. `longest`: for searches, where alternatives compete by length. */
export function nativePattern(parsed: ParsedRegex, longest: boolean): NativePattern | undefined {
  if (longest && nullable(parsed.root)) return undefined;
  return agrees(parsed.root, longest) ? { source: source(parsed.root), loops: countLoops(parsed.root) } : undefined;
}

function agrees(node: RegexNode, longest: boolean): boolean {
  switch (node.type) {
    case 'set':
    case 'begin':
    case 'end':
      return true;
    case 'group':
      return agrees(node.body, longest);
    case 'sequence':
      return node.items.every((item) => agrees(item, longest));
    case 'alternatives':
      return (!longest || disjoint(node.options)) && node.options.every((option) => agrees(option, longest));
    case 'repeat':
      if (nullable(node.body) || node.min > COUNT_LIMIT || (node.max > COUNT_LIMIT && node.max !== Infinity)) return false;
      return node.max > 1 ? unambiguous(node.body) : agrees(node.body, longest);
  }
}

/** Whether a text matches in one way at most, every group takes part each time, and no loop is inside. */
function unambiguous(node: RegexNode): boolean {
  switch (node.type) {
    case 'set':
      return true;
    case 'group':
      return unambiguous(node.body);
    case 'sequence':
      return node.items.every(unambiguous);
    case 'alternatives':
      return disjoint(node.options) && !node.options.some(hasGroup) && node.options.every(unambiguous);
    default:
      return false;
  }
}

function countLoops(node: RegexNode): number {
  switch (node.type) {
    case 'group':
      return countLoops(node.body);
    case 'sequence':
      return node.items.reduce((sum, item) => sum + countLoops(item), 0);
    case 'alternatives':
      return Math.max(...node.options.map(countLoops));
    case 'repeat':
      return (node.max === Infinity ? 1 : 0) + countLoops(node.body);
    default:
      return 0;
  }
}

function hasGroup(node: RegexNode): boolean {
  switch (node.type) {
    case 'group':
      return true;
    case 'sequence':
      return node.items.some(hasGroup);
    case 'alternatives':
      return node.options.some(hasGroup);
    case 'repeat':
      return hasGroup(node.body);
    default:
      return false;
  }
}

function nullable(node: RegexNode): boolean {
  switch (node.type) {
    case 'set':
      return false;
    case 'begin':
    case 'end':
      return true;
    case 'group':
      return nullable(node.body);
    case 'sequence':
      return node.items.every(nullable);
    case 'alternatives':
      return node.options.some(nullable);
    case 'repeat':
      return node.min === 0 || nullable(node.body);
  }
}

/** Whether no two options can begin with the same byte, and none is empty. */
function disjoint(options: readonly RegexNode[]): boolean {
  const seen = new Uint8Array(256);
  for (const option of options) {
    if (nullable(option)) return false;
    const first = new Uint8Array(256);
    addFirst(option, first);
    for (let i = 0; i < 256; i++) {
      if (first[i] && seen[i]) return false;
      seen[i]! |= first[i]!;
    }
  }
  return true;
}

function addFirst(node: RegexNode, first: Uint8Array): void {
  switch (node.type) {
    case 'set':
      for (let i = 0; i < 256; i++) first[i]! |= node.set[i]!;
      return;
    case 'group':
      return addFirst(node.body, first);
    case 'repeat':
      return addFirst(node.body, first);
    case 'alternatives':
      return node.options.forEach((option) => addFirst(option, first));
    case 'sequence':
      for (const item of node.items) {
        addFirst(item, first);
        if (!nullable(item)) return;
      }
      return;
    default:
  }
}

function source(node: RegexNode): string {
  switch (node.type) {
    case 'set':
      return setSource(node.set);
    case 'begin':
      return '^';
    case 'end':
      return '$';
    case 'group':
      return `(${source(node.body)})`;
    case 'sequence':
      return node.items.map(source).join('');
    case 'alternatives':
      return `(?:${node.options.map(source).join('|')})`;
    case 'repeat':
      return `(?:${source(node.body)}){${node.min},${node.max === Infinity ? '' : node.max}}`;
  }
}

function setSource(set: Uint8Array): string {
  const hex = (code: number): string => `\\x${code.toString(16).padStart(2, '0')}`;
  let text = '';
  for (let from = 0; from < 256; from++) {
    if (!set[from]) continue;
    let to = from;
    while (to < 255 && set[to + 1]) to++;
    text += from === to ? hex(from) : `${hex(from)}-${hex(to)}`;
    from = to;
  }
  return `[${text}]`;
}
