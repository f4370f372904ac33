import type { PaintedKind, PrintOptions } from '../evaluator/index.ts';

/** SGR codes, as Nix chose them. */
const colours: Record<PaintedKind, string> = {
  constant: '36;1',
  string: '35;1',
  path: '32;1',
  function: '34;1',
  note: '35;1',
  error: '31;1',
};

/** Returns the painter for `printValue`; undefined for no colours. */
export function paintFor(colour: boolean): PrintOptions['paint'] {
  return colour ? (text, kind) => `\x1b[${colours[kind]}m${text}\x1b[0m` : undefined;
}
