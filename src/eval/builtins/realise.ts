import { coerceToPath } from '../coerce.ts';
import { ContextCollector, type Context } from '../context.ts';
import { addStep, evalError } from '../error.ts';
import type { Evaluator } from '../evaluator.ts';
import type { Pos } from '../../lang/position.ts';
import type { Value } from '../value.ts';

/** One element of a string context, taken apart. */
export type ContextElement =
  | { kind: 'path'; path: string }
  | { kind: 'output'; drvPath: string; output: string }
  | { kind: 'derivation'; drvPath: string };

/** Takes an encoded element (context.ts has the encoding) apart. */
export function contextElement(encoded: string): ContextElement {
  if (encoded[0] === '!') {
    const end = encoded.indexOf('!', 1);
    return { kind: 'output', output: encoded.slice(1, end), drvPath: encoded.slice(end + 1) };
  }
  if (encoded[0] === '=') return { kind: 'derivation', drvPath: encoded.slice(1) };
  return { kind: 'path', path: encoded };
}

/** Builds what a context asks for, so that files of it can be read: import from derivation. */
export function realiseContext(ev: Evaluator, context: Context, pos: Pos): void {
  const items: string[] = [];
  for (const encoded of context) {
    const element = contextElement(encoded);
    if (element.kind === 'output') items.push(`${element.drvPath}!${element.output}`);
    else {
      const path = element.kind === 'path' ? element.path : element.drvPath;
      if (!ev.host.isValidPath(path)) throw evalError('eval/invalid-store-path', `path '${path}' is not valid`, pos);
    }
  }
  if (items.length === 0) return;
  const [first] = items as [string];
  const shown = first.replace('!', '^');
  if (!ev.settings.allowImportFromDerivation)
    throw evalError(
      'eval/import-from-derivation',
      `cannot build '${shown}' during evaluation because the option 'allow-import-from-derivation' is disabled`,
      pos,
    );
  if (ev.settings.traceImportFromDerivation)
    (ev.host.lint ?? ev.host.warn).call(ev.host, `built '${shown}' during evaluation due to an import from derivation`);
  ev.host.realise(items);
}

/** A value as an absolute path that can be read: what its context asks for has been built. */
export function realisePath(ev: Evaluator, v: Value, pos: Pos, what = ''): string {
  const collector = new ContextCollector();
  const path = coerceToPath(ev, v, collector, pos, what);
  const { context } = collector;
  if (context.size === 0) return path;
  try {
    realiseContext(ev, context, pos);
  } catch (error) {
    addStep(error, `while realising the context of path '${path}'`, pos);
    throw error;
  }
  return path;
}
