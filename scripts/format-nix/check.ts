/** Whether two texts are the same program with the same comments. */
import { parse } from '../../src/lang/parser.ts';

/** Fields that hold positions, or that are filled in later. */
const places = new Set(['pos', 'conditionEnd', 'depth', 'slot', 'withs', 'layout', 'chain', 'index']);

export function sameProgram(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => places.has(key) || sameProgram((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

/** Comments as words: their indentation may change, and they may move together with a comma. */
export function sameComments(a: readonly string[], b: readonly string[]): boolean {
  const words = (comments: readonly string[]): string => JSON.stringify(comments.map((text) => text.split(/\s+/)).sort());
  return words(a) === words(b);
}

/** Parses a text. Throws when it is not valid Nix. */
export function programOf(text: string): unknown {
  return parse('text', text, { basePath: '/base', home: () => '/home', pipes: true }).expr;
}
