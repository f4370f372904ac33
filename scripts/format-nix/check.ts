/** Whether two texts are the same program with the same comments. */
import { parse } from '../../src/lang/parser.ts';

/** What says where something stands, or is filled in later. */
const places = new Set(['pos', 'conditionEnd', 'depth', 'slot', 'withs', 'layout', 'chain', 'index']);

export function sameProgram(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => places.has(key) || sameProgram((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

/** Comments by their words: their indentation may change, and a comma that moves takes them along. */
export function sameComments(a: readonly string[], b: readonly string[]): boolean {
  const words = (comments: readonly string[]): string => JSON.stringify(comments.map((text) => text.split(/\s+/)).sort());
  return words(a) === words(b);
}

/** The program of a text. Throws when it is no Nix. */
export function programOf(text: string): unknown {
  return parse('text', text, { basePath: '/base', home: () => '/home', pipes: true }).expr;
}
