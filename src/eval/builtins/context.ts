import { parseStorePath } from '../../nix-format/store-path.ts';
import { type Attrs, AttrsBuilder } from '../attrs.ts';
import { coerceToString } from '../coerce.ts';
import { ContextCollector, contextOf, emptyContext, makeString, type Context } from '../context.ts';
import { evalError } from '../error.ts';
import type { Evaluator } from '../evaluator.ts';
import { forceAttrs, forceBool, forceList, forceStringNoContext, forceStringValue } from '../expect.ts';
import { quoteName } from '../../lang/quote.ts';
import type { Pos } from '../../lang/position.ts';
import { isString, type BuiltinDef, type Value } from '../value.ts';
import { contextElement } from './realise.ts';
import { force } from '../force.ts';

function coerce(ev: Evaluator, v: Value, pos: Pos, name: string): { text: string; context: Context } {
  const collector = new ContextCollector();
  const text = coerceToString(ev, v, collector, { copyToStore: true }, pos, `the argument passed to builtins.${name}`);
  return { text, context: collector.context };
}

/** The context as a set: `{ "/nix/store/x" = { path, allOutputs, outputs }; }`. */
function contextToAttrs(context: Context): Attrs {
  const infos = new Map<string, { path: boolean; allOutputs: boolean; outputs: string[] }>();
  const info = (path: string) => {
    let found = infos.get(path);
    if (!found) infos.set(path, (found = { path: false, allOutputs: false, outputs: [] }));
    return found;
  };
  // The order of Nix's set of encoded elements.
  for (const encoded of [...context].sort()) {
    const element = contextElement(encoded);
    if (element.kind === 'path') info(element.path).path = true;
    else if (element.kind === 'derivation') info(element.drvPath).allOutputs = true;
    else info(element.drvPath).outputs.push(element.output);
  }
  const builder = new AttrsBuilder();
  for (const [path, { path: asPath, allOutputs, outputs }] of infos) {
    const attrs = new AttrsBuilder();
    if (asPath) attrs.set('path', true);
    if (allOutputs) attrs.set('allOutputs', true);
    if (outputs.length > 0) attrs.set('outputs', outputs);
    builder.set(path, attrs.build());
  }
  return builder.build();
}

function addAttrs(collector: ContextCollector, attrs: Attrs, storeDir: string, pos: Pos): void {
  for (const [path, value, at] of attrs.entries()) {
    if (!parseStorePath(path, storeDir))
      throw evalError('eval/bad-context', `context key '${quoteName(path)}' is not a store path`, at || pos);
    const isDrv = path.endsWith('.drv');
    const info = forceAttrs(value, at, 'the value of a string context');
    const asPath = info.get('path');
    if (asPath !== undefined && forceBool(asPath, at, 'the `path` attribute of a string context')) collector.add(path);
    const allOutputs = info.get('allOutputs');
    if (allOutputs !== undefined && forceBool(allOutputs, at, 'the `allOutputs` attribute of a string context')) {
      if (!isDrv)
        throw evalError(
          'eval/bad-context',
          `tried to add all-outputs context of ${quoteName(path)}, which is not a derivation, to a string`,
          at || pos,
        );
      collector.add(`=${path}`);
    }
    const outputs = info.get('outputs');
    if (outputs === undefined) continue;
    const list = forceList(outputs, at, 'the `outputs` attribute of a string context');
    if (list.length > 0 && !isDrv) {
      throw evalError(
        'eval/bad-context',
        `tried to add derivation output context of ${quoteName(path)}, which is not a derivation, to a string`,
        at || pos,
      );
    }
    for (const output of list) collector.add(`!${forceStringNoContext(output, at, 'an output name within a string context')}!${path}`);
  }
}

function addOutputDependencies(text: string, context: Context, pos: Pos): Value {
  if (context.size !== 1) {
    throw evalError('eval/bad-context', `context of string '${text}' must have exactly one element, but has ${context.size}`, pos);
  }
  const [encoded] = context as Set<string>;
  const element = contextElement(encoded!);
  if (element.kind === 'derivation') return makeString(text, context);
  if (element.kind === 'output') {
    throw evalError(
      'eval/bad-context',
      `\`addDrvOutputDependencies\` can only act on derivations, not on a derivation output such as '${element.output}'`,
      pos,
    );
  }
  if (!element.path.endsWith('.drv')) throw evalError('eval/bad-context', `path '${element.path}' is not a derivation`, pos);
  return makeString(text, new Set([`=${element.path}`]));
}

export const contextBuiltins: BuiltinDef[] = [
  {
    name: 'hasContext',
    args: ['s'],
    doc: 'Whether the string *s* refers to store paths.',
    run: (_ev, pos, s) => contextOf(forceStringValue(s!, pos, 'the argument passed to builtins.hasContext')).size > 0,
  },
  {
    name: 'getContext',
    args: ['s'],
    doc: 'The store paths that the string *s* refers to: a set of `{ path ? true; allOutputs ? true; outputs ? [ ... ]; }` by store path.',
    run: (_ev, pos, s) => contextToAttrs(contextOf(forceStringValue(s!, pos, 'the argument passed to builtins.getContext'))),
  },
  {
    name: 'appendContext',
    args: ['s', 'context'],
    doc: 'The string *s*, made to refer also to what *context* says, which is as `getContext` gives it.',
    run(ev, pos, s, context) {
      const string = forceStringValue(s!, pos, 'the first argument passed to builtins.appendContext');
      const collector = new ContextCollector();
      collector.addAll(contextOf(string));
      addAttrs(collector, forceAttrs(context!, pos, 'the second argument passed to builtins.appendContext'), ev.host.storeDir, pos);
      return collector.string(typeof string === 'string' ? string : string.s);
    },
  },
  {
    name: 'unsafeDiscardStringContext',
    args: ['s'],
    doc: 'The string *s* without its references to store paths.',
    run(ev, pos, s) {
      const f = force(s!);
      if (isString(f)) return typeof f === 'string' ? f : f.s;
      return makeString(coerce(ev, f, pos, 'unsafeDiscardStringContext').text, emptyContext);
    },
  },
  {
    name: 'unsafeDiscardOutputDependency',
    args: ['s'],
    doc: 'The string *s*, with each reference to a derivation and all its outputs made one to the `.drv` file alone.',
    run(ev, pos, s) {
      const { text, context } = coerce(ev, s!, pos, 'unsafeDiscardOutputDependency');
      const collector = new ContextCollector();
      for (const encoded of context) collector.add(encoded[0] === '=' ? encoded.slice(1) : encoded);
      return collector.string(text);
    },
  },
  {
    name: 'addDrvOutputDependencies',
    args: ['s'],
    doc:
      'The string *s*, with its one reference to a `.drv` file made one to the derivation and all its outputs: the inverse of ' +
      '`unsafeDiscardOutputDependency`.',
    run(ev, pos, s) {
      const { text, context } = coerce(ev, s!, pos, 'addDrvOutputDependencies');
      return addOutputDependencies(text, context, pos);
    },
  },
];
