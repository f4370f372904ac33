import { BootflakeError } from '../../base/errors.ts';
import { parseStorePath, splitStorePath } from '../../nix-format/store-path.ts';
import { AttrsBuilder } from '../attrs.ts';
import { normalizePath } from '../../lang/paths.ts';
import { coerceToPath, coerceToString } from '../coerce.ts';
import { contextOf, ContextCollector, makeString } from '../context.ts';
import { evalError } from '../error.ts';
import type { Evaluator } from '../evaluator.ts';
import { forceAttrs, forceList, forceStringNoContext, requireAttr } from '../expect.ts';
import { force } from '../force.ts';
import type { Pos } from '../../lang/position.ts';
import { isString, NixPath, type BuiltinDef, type Value } from '../value.ts';
import { realiseContext, realisePath } from './realise.ts';

/** The part after the last slash; one slash at the end is overlooked. */
export function baseName(path: string): string {
  const text = path.endsWith('/') && path.length > 1 ? path.slice(0, -1) : path;
  return text.slice(text.lastIndexOf('/') + 1);
}

function directoryName(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : slash === 0 ? '/' : path.slice(0, slash);
}

/** The file that a path stands for when its last component, and what that leads to, is a symlink. */
export function resolveLastLinks(ev: Evaluator, path: string, pos: Pos): string {
  let current = path;
  for (let hops = 0; hops < 64; hops++) {
    if (ev.host.fileType(current) !== 'symlink') return current;
    const target = ev.host.readLink(current);
    current = normalizePath(target.startsWith('/') ? target : `${directoryName(current)}/${target}`);
  }
  throw evalError('eval/symlink-loop', `infinite symlink recursion in path '${path}'`, pos);
}

function pathExists(ev: Evaluator, v: Value, pos: Pos): boolean {
  const f = force(v);
  const text = typeof f === 'string' ? f : isString(f) ? f.s : '';
  const mustBeDirectory = text.endsWith('/') || text.endsWith('/.');
  const path = realisePath(ev, f, pos, 'the argument passed to builtins.pathExists');
  try {
    if (!mustBeDirectory) return ev.host.fileType(path) !== undefined;
    return ev.host.fileType(resolveLastLinks(ev, path, pos)) === 'directory';
  } catch (error) {
    if (error instanceof BootflakeError && (error.code === 'eval/forbidden-path' || error.code === 'eval/missing-path')) return false;
    throw error;
  }
}

function readFile(ev: Evaluator, v: Value, pos: Pos): Value {
  const path = realisePath(ev, v, pos, 'the argument passed to builtins.readFile');
  const text = ev.host.readFile(path);
  if (text.includes('\0'))
    throw evalError('eval/null-byte', `the contents of the file '${path}' cannot be represented as a Nix string`, pos);
  const inStore = splitStorePath(path, ev.host.storeDir);
  if (!inStore || !ev.host.pathReferences) return text;
  const context = new ContextCollector();
  for (const reference of ev.host.pathReferences(inStore.storePath)) {
    const parts = parseStorePath(reference, ev.host.storeDir);
    if (parts && text.includes(parts.hash)) context.add(reference);
  }
  return context.string(text);
}

function findFile(ev: Evaluator, searchPath: Value, name: Value, pos: Pos): NixPath {
  const elements = forceList(searchPath, pos, 'the first argument passed to builtins.findFile').map((element) => {
    const attrs = forceAttrs(element, pos, 'an element of the list passed to builtins.findFile');
    const prefixValue = attrs.get('prefix');
    const prefix =
      prefixValue === undefined
        ? ''
        : forceStringNoContext(prefixValue, pos, 'the `prefix` attribute of an element of the list passed to builtins.findFile');
    const context = new ContextCollector();
    const path = coerceToString(
      ev,
      requireAttr(attrs, 'path', pos, 'an element of the __nixPath'),
      context,
      {},
      pos,
      'the `path` attribute of an element of the list passed to builtins.findFile',
    );
    realiseContext(ev, context.context, pos);
    return { prefix, path };
  });
  return new NixPath(ev.findFile(forceStringNoContext(name, pos, 'the second argument passed to builtins.findFile'), pos, elements));
}

function storePath(ev: Evaluator, v: Value, pos: Pos): Value {
  if (ev.host.pureEval) throw evalError('eval/impure', "'builtins.storePath' is not allowed in pure evaluation mode", pos);
  const context = new ContextCollector();
  let path = coerceToPath(ev, v, context, pos, "the first argument passed to 'builtins.storePath'");
  if (!parseStorePath(path, ev.host.storeDir)) path = resolveLastLinks(ev, path, pos);
  const inStore = splitStorePath(path, ev.host.storeDir);
  if (!inStore) throw evalError('eval/not-in-store', `path '${path}' is not in the Nix store`, pos);
  if (!ev.host.isValidPath(inStore.storePath)) throw evalError('eval/invalid-store-path', `path '${inStore.storePath}' is not valid`, pos);
  context.add(inStore.storePath);
  return context.string(path);
}

export const pathBuiltins: BuiltinDef[] = [
  {
    name: 'baseNameOf',
    args: ['x'],
    global: true,
    doc: 'The part of a path or string after its last slash.',
    run(ev, pos, v) {
      const context = new ContextCollector();
      const path = coerceToString(ev, v!, context, {}, pos, 'the first argument passed to builtins.baseNameOf');
      return context.string(baseName(path));
    },
  },
  {
    name: 'dirOf',
    args: ['s'],
    global: true,
    doc: 'The part of a path or string before its last slash; a path stays a path.',
    run(ev, pos, v) {
      const f = force(v!);
      if (f instanceof NixPath) return new NixPath(directoryName(f.path));
      if (isString(f)) return makeString(directoryName(typeof f === 'string' ? f : f.s), contextOf(f));
      const context = new ContextCollector();
      return context.string(directoryName(coerceToString(ev, f, context, {}, pos, "the first argument passed to 'builtins.dirOf'")));
    },
  },
  {
    name: 'toPath',
    args: ['s'],
    doc: 'An absolute path as a string. Deprecated: use `/. + "/path"`.',
    run(ev, pos, v) {
      const context = new ContextCollector();
      const path = coerceToPath(ev, v!, context, pos, 'the first argument passed to builtins.toPath');
      return context.string(path);
    },
  },
  {
    name: 'pathExists',
    args: ['path'],
    doc: 'Whether there is a file, directory or link at *path*; with a slash at the end, whether there is a directory.',
    run: (ev, pos, v) => pathExists(ev, v!, pos),
  },
  {
    name: 'readFile',
    args: ['path'],
    doc: 'The contents of a file as a string.',
    run: (ev, pos, v) => readFile(ev, v!, pos),
  },
  {
    name: 'readDir',
    args: ['path'],
    doc: 'The entries of a directory: a set of `"regular"`, `"directory"`, `"symlink"` or `"unknown"` by name.',
    run(ev, pos, v) {
      const builder = new AttrsBuilder();
      for (const [name, type] of ev.host.readDirectory(realisePath(ev, v!, pos, 'the argument passed to builtins.readDir')))
        builder.set(name, type);
      return builder.build();
    },
  },
  {
    name: 'readFileType',
    args: ['p'],
    doc: 'What is at the path *p*: `"regular"`, `"directory"`, `"symlink"` or `"unknown"`.',
    run(ev, pos, v) {
      const path = realisePath(ev, v!, pos, 'the argument passed to builtins.readFileType');
      const type = ev.host.fileType(path);
      if (type === undefined) throw evalError('eval/missing-path', `path '${path}' does not exist`, pos);
      return type;
    },
  },
  {
    name: 'findFile',
    args: ['search-path', 'lookup-path'],
    doc: 'Looks a path up in a list of `{ prefix, path }`, as `<nixpkgs/lib>` is looked up in `builtins.nixPath`.',
    run: (ev, pos, searchPath, name) => findFile(ev, searchPath!, name!, pos),
  },
  {
    name: 'storePath',
    args: ['path'],
    doc: 'A path that is in the store already, as a string that refers to it. Not in pure evaluation.',
    run: (ev, pos, v) => storePath(ev, v!, pos),
  },
];
