import { flakeError } from '../base/flake-error.ts';

/** The selected outputs of a derivation: `^out,dev`, `^*`, or the derivation's default. */
export type OutputsSpec = 'default' | 'all' | string[];

/** Splits `X^out,dev` into `X` and its outputs. */
export function splitOutputs(text: string): { rest: string; outputs: OutputsSpec } {
  const match = /\^([^^]*)$/.exec(text);
  if (!match) return { rest: text, outputs: 'default' };
  const spec = match[1] as string;
  const rest = text.slice(0, match.index);
  if (spec === '*') return { rest, outputs: 'all' };
  if (!/^[a-zA-Z_][a-zA-Z0-9_+.-]*(?:,[a-zA-Z_][a-zA-Z0-9_+.-]*)*$/.test(spec)) {
    throw flakeError('bad-installable', `invalid extended outputs specifier '^${spec}' in '${text}'`, '^out, ^out,dev or ^*');
  }
  return { rest, outputs: [...new Set(spec.split(','))].sort() };
}
