/** Builtins that fetch: the host does it; here arguments are checked, and responses made into values. */
import { formatHash, parseHash } from '../../nix-format/hash.ts';
import { makeFixedOutputPath, storeNameFault } from '../../nix-format/store-path.ts';
import { Attrs } from '../attrs.ts';
import { coerceToString } from '../coerce.ts';
import { ContextCollector } from '../context.ts';
import { evalError, typeError } from '../error.ts';
import type { Evaluator } from '../evaluator.ts';
import { forceStringNoContext } from '../expect.ts';
import { force } from '../force.ts';
import { decodeBytes, encodeBytes } from '../../lang/bytes.ts';
import type { Pos } from '../../lang/position.ts';
import { describeType } from '../print.ts';
import { quoteName } from '../../lang/quote.ts';
import { isString, NixPath, NixString, type BuiltinDef, type Value } from '../value.ts';
import { parseHashAt } from './hashes.ts';
import { baseName } from './paths.ts';

type FetchAttrs = Record<string, string | number | boolean>;

function pathString(storePath: string): NixString {
  return new NixString(storePath, new Set([storePath]));
}

/** fetchurl and fetchTarball: a URL, or `{ url; sha256 ?; name ?; }`. The host gets the type `fetchurl` or `fetchTarball`. */
function fetchUrl(ev: Evaluator, name: 'fetchurl' | 'fetchTarball', v: Value, pos: Pos): Value {
  const request = readUrlRequest(name, v, pos);
  if (storeNameFault(request.name)) {
    throw evalError(
      'eval/bad-argument',
      `invalid store path name when fetching URL '${request.url}': ${storeNameFault(request.name)}.`,
      pos,
      "give a valid 'name' in the argument",
    );
  }
  if (ev.host.pureEval && request.sha256 === undefined) {
    throw evalError('eval/impure', `in pure evaluation mode, '${name}' requires a 'sha256' argument`, pos);
  }
  const attrs: FetchAttrs = { type: name, url: decodeBytes(request.url), name: request.name };
  if (request.sha256 !== undefined) {
    const hash = parseHashAt(request.sha256, 'sha256', pos);
    attrs.sha256 = formatHash(hash, 'sri');
    const known = makeFixedOutputPath(request.name, name === 'fetchurl' ? 'flat' : 'nar', hash, undefined, ev.host.storeDir);
    if (ev.host.isValidPath(known)) return pathString(known);
  }
  return pathString(ev.host.fetchTree(attrs, name).storePath);
}

function readUrlRequest(name: string, v: Value, pos: Pos): { url: string; name: string; sha256?: string } {
  const f = force(v);
  let url: string | undefined;
  let storeName = name === 'fetchTarball' ? 'source' : '';
  let sha256: string | undefined;
  if (f instanceof Attrs) {
    for (const [key, value, at] of f.entries()) {
      if (key === 'url') url = forceStringNoContext(value, at, 'the url we should fetch');
      else if (key === 'sha256') sha256 = forceStringNoContext(value, at, 'the sha256 of the content we should fetch');
      else if (key === 'name') storeName = forceStringNoContext(value, at, 'the name of the content we should fetch');
      else throw evalError('eval/bad-argument', `unsupported argument '${quoteName(key)}' to '${name}'`, at || pos);
    }
    if (url === undefined) throw evalError('eval/missing-attribute', "'url' argument required", pos);
  } else url = forceStringNoContext(f, pos, 'the url we should fetch');
  return {
    url,
    name: storeName || baseName(url),
    ...(sha256 !== undefined && { sha256: sha256 || formatHash(parseHash('0'.repeat(64), 'sha256'), 'sri') }),
  };
}

/** fetchTree and fetchGit: a flake reference as a set, or as a URL. */
function fetchTree(ev: Evaluator, name: 'fetchTree' | 'fetchGit', v: Value, pos: Pos): Value {
  const isGit = name === 'fetchGit';
  const f = force(v);
  const attrs: FetchAttrs = isGit ? { type: 'git' } : {};
  if (f instanceof Attrs) {
    if (isGit && f.has('type')) throw evalError('eval/bad-argument', "unexpected argument 'type'", pos);
    if (!isGit && !f.has('type')) throw evalError('eval/missing-attribute', `argument 'type' is missing in call to '${name}'`, pos);
    for (const [key, value, at] of f.entries()) attrs[key] = fetchArgument(ev, name, key, value, at || pos);
    if (!isGit && 'name' in attrs)
      throw evalError('eval/bad-argument', encodeBytes(`argument 'name' isn’t supported in call to '${name}'`), pos);
  } else {
    const url = decodeBytes(coerceToString(ev, f, new ContextCollector(), {}, pos, `the first argument passed to '${name}'`));
    if (!isGit) return treeValue(ev.host.fetchTree({ type: 'url', url }, name), false);
    attrs.url = url;
  }
  if (isGit) {
    attrs.url = gitUrl(String(attrs.url ?? ''));
    if (attrs.submodules !== true && !('exportIgnore' in attrs)) attrs.exportIgnore = true;
  } else if (attrs.type === 'git' && !('shallow' in attrs)) attrs.shallow = true;
  return treeValue(ev.host.fetchTree(attrs, name), isGit);
}

function fetchArgument(ev: Evaluator, name: string, key: string, value: Value, pos: Pos): string | number | boolean {
  const f = force(value);
  if (isString(f) || f instanceof NixPath) return decodeBytes(coerceToString(ev, f, new ContextCollector(), {}, pos));
  if (typeof f === 'boolean') return f;
  if (typeof f === 'number') {
    if (f < 0) throw evalError('eval/bad-argument', `negative value given for '${name}' argument '${key}': ${f}`, pos);
    return f;
  }
  throw typeError(`argument '${key}' to '${name}' is ${describeType(f)} while a string, Boolean or integer is expected`, pos);
}

/** `host:path` and plain paths as the URLs that they stand for. */
function gitUrl(url: string): string {
  if (/^[^/:]+@?[^/:]*:(?!\/\/)/.test(url) && !url.startsWith('/')) return `ssh://${url.replace(':', '/')}`;
  if (url.startsWith('/')) return `file://${url}`;
  return url;
}

const NO_REVISION = '0'.repeat(40);

/**
 * The set that describes a source tree. `revisionAlways`: without a commit, as for fetchGit of a changed work tree, a revision of zeros.
 */
export function treeValue(tree: { storePath: string; attrs: FetchAttrs }, revisionAlways: boolean): Attrs {
  const { attrs } = tree;
  const entries: [string, Value][] = [['outPath', pathString(tree.storePath)]];
  const put = (name: string, value: string | number | boolean | undefined): void => {
    if (value !== undefined) entries.push([name, typeof value === 'string' ? encodeBytes(value) : value]);
  };
  put('narHash', attrs.narHash);
  if (attrs.type === 'git') put('submodules', attrs.submodules === true);
  const revision = typeof attrs.rev === 'string' ? attrs.rev : revisionAlways ? NO_REVISION : undefined;
  put('rev', revision);
  put('shortRev', revision?.slice(0, 7));
  put('revCount', attrs.revCount ?? (revisionAlways ? 0 : undefined));
  put('dirtyRev', attrs.dirtyRev);
  put('dirtyShortRev', attrs.dirtyShortRev);
  put('lastModified', attrs.lastModified);
  if (typeof attrs.lastModified === 'number')
    put('lastModifiedDate', new Date(attrs.lastModified * 1000).toISOString().slice(0, 19).replace(/[-T:]/g, ''));
  return Attrs.from(entries);
}

export const fetchBuiltins: BuiltinDef[] = [
  {
    name: 'fetchurl',
    args: ['arg'],
    doc: 'Downloads a file into the store and returns its path: a URL, or `{ url; sha256 ?; name ?; }`. Pure evaluation needs *sha256*.',
    run: (ev, pos, v) => fetchUrl(ev, 'fetchurl', v!, pos),
  },
  {
    name: 'fetchTarball',
    args: ['args'],
    global: true,
    doc:
      'Downloads an archive, unpacks it into the store without its top folder, and returns the path: a URL, or `{ url; sha256 ?; name ' +
      '?; }`. Pure evaluation needs *sha256*.',
    run: (ev, pos, v) => fetchUrl(ev, 'fetchTarball', v!, pos),
  },
  {
    name: 'fetchGit',
    args: ['args'],
    global: true,
    doc:
      'Fetches a commit of a Git repository: a URL, or `{ url; rev ?; ref ?; name ?; submodules ?; shallow ?; allRefs ?; }`. Answers a ' +
      'set with `outPath`, `rev`, `shortRev`, `revCount`, `lastModified` and `narHash`.',
    run: (ev, pos, v) => fetchTree(ev, 'fetchGit', v!, pos),
  },
  {
    name: 'fetchTree',
    args: ['input'],
    global: true,
    feature: 'fetch-tree',
    doc:
      'Fetches the source tree that a flake reference names, given as a set with `type` or as a URL. Answers a set with `outPath` and ' +
      'what is known of the tree.',
    run: (ev, pos, v) => fetchTree(ev, 'fetchTree', v!, pos),
  },
  {
    name: 'fetchClosure',
    args: ['args'],
    feature: 'fetch-closure',
    doc: 'Not supported: a store path from a binary cache. Calling it is an error.',
    run(_ev, pos) {
      throw evalError(
        'eval/unsupported-feature',
        "builtins.fetchClosure needs the experimental Nix feature 'fetch-closure', which is not supported",
        pos,
        'fetch an archive of the files with builtins.fetchTarball',
      );
    },
  },
  {
    name: 'fetchMercurial',
    args: ['args'],
    global: true,
    doc: 'Not supported: it is here so that its name is known, and calling it is an error.',
    run(_ev, pos, v) {
      void v;
      throw evalError(
        'eval/unsupported-feature',
        'fetchMercurial is not supported',
        pos,
        'fetch an archive of the repository with builtins.fetchTarball',
      );
    },
  },
];
