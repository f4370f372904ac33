/** Builtins that put files into the store: path, filterSource, toFile. */
import { checkStoreName, makeFixedOutputPath } from '../../nix-format/store-path.ts';
import { formatHash, type Hash } from '../../nix-format/hash.ts';
import { call2 } from '../apply.ts';
import { coerceToPath } from '../coerce.ts';
import { ContextCollector, contextOf, showOneOf, type Context } from '../context.ts';
import { addStep, evalError, placedAt } from '../error.ts';
import type { Evaluator } from '../evaluator.ts';
import type { FileType } from '../host.ts';
import { forceAttrs, forceBool, forceFunction, forceStringNoContext, forceStringValue } from '../expect.ts';
import { quoteName } from '../../lang/quote.ts';
import type { Pos } from '../../lang/position.ts';
import { NixString, type BuiltinDef, type Value } from '../value.ts';
import { noteReferences } from '../../derive/derivation-table.ts';
import { parseHashAt } from './hashes.ts';
import { baseName } from './paths.ts';
import { contextElement, realiseContext } from './realise.ts';

/** What `/`, which has no name, is called in the store. */
const rootName = 'source';

interface Addition {
  name: string;
  path: string;
  context: Context;
  filter?: Value;
  recursive: boolean;
  expected?: Hash;
}

function addPath(ev: Evaluator, addition: Addition, pos: Pos): NixString {
  const { name, path, filter, recursive, expected } = addition;
  try {
    if (addition.context.size > 0) realiseContext(ev, addition.context, pos);
    const accept =
      filter === undefined
        ? undefined
        : (file: string, type: FileType) => forceBool(call2(filter, file, type, pos), pos, 'the return value of the path filter function');
    const storePath = ev.host.addToStore(name, path, {
      recursive,
      ...(accept && { filter: accept }),
      ...(expected && { expectedSha256: formatHash(expected, 'base16') }),
    });
    if (expected && storePath !== makeFixedOutputPath(name, recursive ? 'nar' : 'flat', expected, undefined, ev.host.storeDir)) {
      throw evalError('eval/hash-mismatch', `store path mismatch in (possibly filtered) path added from '${path}'`, pos);
    }
    return new NixString(storePath, new Set([storePath]));
  } catch (thrown) {
    const error = placedAt(thrown, pos);
    addStep(error, `while adding path '${path}'`, pos);
    throw error;
  }
}

/** Nix evaluates attributes in the order in which it learnt their names; what is in no list it learns from the program. */
const known = ['name', 'path', 'filter', 'recursive', 'sha256'];

function rankOf(key: string): number {
  const rank = known.indexOf(key);
  return rank < 0 ? known.length : rank;
}

function pathBuiltin(ev: Evaluator, v: Value, pos: Pos): Value {
  const attrs = forceAttrs(v, pos, "the argument passed to 'builtins.path'");
  const context = new ContextCollector();
  let path: string | undefined;
  let name = '';
  let filter: Value | undefined;
  let recursive = true;
  let expected: Hash | undefined;
  for (const [key, value, at] of [...attrs.entries()].sort(([a], [b]) => rankOf(a) - rankOf(b))) {
    if (key === 'path') path = coerceToPath(ev, value, context, at, "the 'path' attribute passed to 'builtins.path'");
    else if (key === 'name') name = forceStringNoContext(value, at, 'the `name` attribute passed to builtins.path');
    else if (key === 'filter') filter = forceFunction(value, at, 'the `filter` parameter passed to builtins.path');
    else if (key === 'recursive') recursive = forceBool(value, at, 'the `recursive` attribute passed to builtins.path');
    else if (key === 'sha256') {
      const text = forceStringNoContext(value, at, 'the `sha256` attribute passed to builtins.path');
      expected = text === '' ? emptyHash(ev) : parseHashAt(text, 'sha256', at);
    } else throw evalError('eval/bad-argument', `unsupported argument '${quoteName(key)}' to 'builtins.path'`, at || pos);
  }
  if (path === undefined)
    throw evalError('eval/missing-attribute', "missing required 'path' attribute in the first argument to 'builtins.path'", pos);
  return addPath(ev, { name: name || baseName(path) || rootName, path, context: context.context, filter, recursive, expected }, pos);
}

/** As Nix: an empty hash stands for one of all zeros, with a warning. */
function emptyHash(ev: Evaluator): Hash {
  const hash: Hash = { algorithm: 'sha256', bytes: new Uint8Array(32) };
  ev.host.warn(`found empty hash, assuming '${formatHash(hash, 'sri')}'`);
  return hash;
}

function toFile(ev: Evaluator, nameValue: Value, textValue: Value, pos: Pos): Value {
  const name = forceStringNoContext(nameValue, pos, 'the first argument passed to builtins.toFile');
  const string = forceStringValue(textValue, pos, 'the second argument passed to builtins.toFile');
  const references: string[] = [];
  for (const encoded of contextOf(string)) {
    const element = contextElement(encoded);
    if (element.kind !== 'path') {
      throw evalError(
        'eval/bad-context',
        `files created by builtins.toFile may not reference derivations, but ${name} references ${showOneOf(new Set([encoded]))}`,
        pos,
        'use pkgs.writeText, which makes the file when it is built',
      );
    }
    references.push(element.path);
  }
  try {
    checkStoreName(name);
  } catch (error) {
    throw placedAt(error, pos);
  }
  references.sort();
  const storePath = ev.host.addTextToStore(name, typeof string === 'string' ? string : string.s, references);
  noteReferences(ev, storePath, references);
  return new NixString(storePath, new Set([storePath]));
}

export const storeFileBuiltins: BuiltinDef[] = [
  {
    name: 'path',
    args: ['args'],
    doc:
      'Copies a path to the store: `{ path; name ?; filter ?; recursive ? true; sha256 ?; }`. *filter* is called with each path and ' +
      'type and says what is copied; with *sha256* the result is checked, and nothing is copied when the store has it.',
    run: (ev, pos, v) => pathBuiltin(ev, v!, pos),
  },
  {
    name: 'filterSource',
    args: ['e1', 'e2'],
    doc:
      'Copies the path *e2* to the store, without what the function *e1* returns `false` for; it gets each path as a string and its ' +
      'type.',
    run(ev, pos, filterValue, v) {
      const context = new ContextCollector();
      const path = coerceToPath(ev, v!, context, pos, "the second argument (the path to filter) passed to 'builtins.filterSource'");
      const filter = forceFunction(filterValue!, pos, 'the first argument passed to builtins.filterSource');
      return addPath(ev, { name: baseName(path) || rootName, path, context: context.context, filter, recursive: true }, pos);
    },
  },
  {
    name: 'toFile',
    args: ['name', 's'],
    doc:
      'Writes the string *s* to a file *name* in the store, and returns its path. The string must not refer to what is still to be ' +
      'built.',
    run: (ev, pos, name, text) => toFile(ev, name!, text!, pos),
  },
];
