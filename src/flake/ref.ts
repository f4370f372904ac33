/**
 * Flake references, as URL-like text or as attributes. The text forms, in the order they are tried (as in Nix): a flake id with ref
 * and revision (`debian/trixie`), a URL (`git+file:///x?dir=y`), a path (`.`, `./x`, `/x`).
 */
import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, basename, join, resolve } from 'node:path';
import { BadUrl, flakeError } from '../base/flake-error.ts';
import { inputFromAttrs, inputFromUrl, isKnownUrlScheme, schemeOf } from '../fetch/scheme/index.ts';
import { sortedJson, stringAttr, type InputAttrs } from '../fetch/scheme/scheme.ts';
import { decodeQuery, parseUrl, pathToSegments, percentDecode, printUrl, segmentsToPath, type ParsedUrl } from '../fetch/url.ts';

export interface FlakeRef {
  input: InputAttrs;
  /** The flake's folder inside the tree; '' for its root. */
  subdir: string;
}

export interface ParseRefOptions {
  /** The base of relative paths. Without it a path must be absolute, or is kept relative with `keepRelative`. */
  baseDir?: string;
  /** Accept a path without flake.nix. */
  allowMissing?: boolean;
  /** false for an input with `flake = false`: then a path is not looked up in its repository, and a URL may be a plain file. */
  isFlake?: boolean;
  keepRelative?: boolean;
  warn?: (message: string) => void;
}

/** Throws BadUrl if the text is not a flake reference. */
export function parseFlakeRef(text: string, options: ParseRefOptions = {}): FlakeRef {
  const { ref, fragment } = parseFlakeRefWithFragment(text, options);
  if (fragment !== '') throw new BadUrl(`unexpected fragment '${fragment}' in flake reference '${text}'`);
  return ref;
}

export function parseFlakeRefWithFragment(text: string, options: ParseRefOptions = {}): { ref: FlakeRef; fragment: string } {
  return parseIdRef(text, options) ?? parseUrlRef(text, options) ?? parsePathRef(text, options);
}

const idRef = /^([a-zA-Z][a-zA-Z0-9_-]*)((?:\/(?:[a-zA-Z0-9@][a-zA-Z0-9_./@+-]*))?)(?:#([\s\S]*))?$/;

function parseIdRef(text: string, options: ParseRefOptions): { ref: FlakeRef; fragment: string } | undefined {
  const match = idRef.exec(text);
  if (!match) return undefined;
  const [, id = '', rest = '', fragment = ''] = match;
  const url: ParsedUrl = { scheme: 'flake', path: `${id}${rest}`.split('/'), query: new Map(), fragment: percentDecode(fragment) };
  return fromUrl(url, options);
}

function parseUrlRef(text: string, options: ParseRefOptions): { ref: FlakeRef; fragment: string } | undefined {
  try {
    const url = parseUrl(text);
    if (options.baseDir !== undefined && (url.scheme === 'path' || url.scheme === 'git+file')) {
      const path = segmentsToPath(url.path);
      if (!isAbsolute(path)) url.path = pathToSegments(resolve(options.baseDir, path));
    }
    return fromUrl(url, options);
  } catch (error) {
    // Text that is not a URL may still be a path; an invalid URL of a known scheme is an error.
    const scheme = /^([a-z][a-z0-9+.-]*):/.exec(text)?.[1];
    if (error instanceof BadUrl && !(scheme !== undefined && isKnownUrlScheme(scheme))) return undefined;
    throw error;
  }
}

function fromUrl(url: ParsedUrl, options: ParseRefOptions): { ref: FlakeRef; fragment: string } {
  const query = new Map(url.query);
  const subdir = query.get('dir') ?? '';
  query.delete('dir');
  return { ref: { input: inputFromUrl({ ...url, query, fragment: '' }, options.isFlake ?? true), subdir }, fragment: url.fragment };
}

function parsePathRef(text: string, options: ParseRefOptions): { ref: FlakeRef; fragment: string } {
  const [, pathPart = '', queryPart = '', fragmentPart = ''] = /^([^?#]*)(?:\?([^#]*))?(?:#([\s\S]*))?$/.exec(text) ?? [];
  const query = decodeQuery(queryPart);
  const fragment = percentDecode(fragmentPart);
  const { baseDir } = options;
  if (baseDir === undefined) {
    if (!options.keepRelative && !isAbsolute(pathPart)) {
      throw new BadUrl(
        `flake reference '${text}' is not an absolute path`,
        'a path begins with / or ./; a flake of the registry with a letter',
      );
    }
    return fromUrl({ scheme: 'path', path: pathToSegments(pathPart), query, fragment }, options);
  }
  let path = resolve(baseDir, pathPart);
  if (existsSync(path)) path = realpathSync(path);
  if (options.isFlake ?? true) {
    path = findFlakeFolder(path, text, options);
    const repository = findRepository(path);
    if (repository) {
      const { root, subdir } = repository;
      if (subdir !== '') {
        if (query.has('dir')) throw flakeError('bad-reference', `flake URL '${text}' has an inconsistent 'dir' parameter`);
        query.set('dir', subdir);
      }
      if (existsSync(join(root, '.git', 'shallow'))) query.set('shallow', '1');
      return fromUrl({ scheme: 'git+file', authority: '', path: pathToSegments(root), query, fragment }, options);
    }
  }
  return fromUrl({ scheme: 'path', authority: '', path: pathToSegments(path), query, fragment }, options);
}

/** Returns the folder with flake.nix at `path` or above it, within its repository. */
function findFlakeFolder(path: string, text: string, options: ParseRefOptions): string {
  if (!existsSync(path))
    throw flakeError(
      'not-a-flake',
      `path '${path}' does not exist`,
      text.includes('/') ? undefined : `a flake of the registry is named by its id, a folder by its path: ./${text}`,
    );
  const status = lstatSync(path);
  if (!status.isDirectory()) {
    if (basename(path) !== 'flake.nix')
      throw flakeError(
        'not-a-flake',
        `path '${path}' is not a flake (because it's not a directory)`,
        'Name the folder that contains flake.nix.',
      );
    options.warn?.(
      `path '${path}' should point at the directory containing the 'flake.nix' file, not the file itself. Pretending that you meant ` +
        `'${dirname(path)}'`,
    );
    path = dirname(path);
  }
  if (options.allowMissing || existsSync(join(path, 'flake.nix'))) return path;
  for (let folder = path; ; ) {
    if (existsSync(join(folder, 'flake.nix'))) {
      options.warn?.(`path '${path}' does not contain a 'flake.nix'; taking the one in '${folder}'`);
      return folder;
    }
    const parent = dirname(folder);
    if (existsSync(join(folder, '.git')) || parent === folder || lstatSync(parent).dev !== lstatSync(folder).dev) {
      throw flakeError(
        'not-a-flake',
        `path '${path}' is not part of a flake (neither it nor its parent directories contain a 'flake.nix' file)`,
        'Run: bootflake flake init  to write an example.',
      );
    }
    folder = parent;
  }
}

function findRepository(path: string): { root: string; subdir: string } | undefined {
  let subdir = '';
  for (let root = path; ; root = dirname(root)) {
    if (existsSync(join(root, '.git'))) return { root, subdir };
    if (dirname(root) === root) return undefined;
    subdir = subdir === '' ? basename(root) : `${basename(root)}/${subdir}`;
  }
}

/** The text form; parsing it gives the reference back. */
export function printFlakeRef(ref: FlakeRef): string {
  const url = schemeOf(ref.input).toUrl(ref.input);
  if (ref.subdir !== '' && !url.query.has('dir')) url.query.set('dir', ref.subdir);
  return printUrl(url);
}

export function flakeRefFromAttrs(attrs: InputAttrs): FlakeRef {
  const { dir, ...input } = attrs;
  if (dir !== undefined && typeof dir !== 'string')
    throw flakeError('bad-attribute', `input attribute 'dir' is not a string ${sortedJson(attrs)}`);
  return { input: inputFromAttrs(input), subdir: dir ?? '' };
}

export function flakeRefToAttrs(ref: FlakeRef): InputAttrs {
  return ref.subdir === '' ? { ...ref.input } : { ...ref.input, dir: ref.subdir };
}

/** Old lock files kept `?dir=` inside `url` too; Nix treats both forms as equal. */
function canonical(ref: FlakeRef): FlakeRef {
  const text = stringAttr(ref.input, 'url');
  if (text === undefined) return ref;
  try {
    const url = parseUrl(text);
    if (ref.subdir !== '' && url.query.get('dir') === ref.subdir) url.query.delete('dir');
    return { ...ref, input: { ...ref.input, url: printUrl(url) } };
  } catch {
    return ref;
  }
}

export function sameFlakeRef(a: FlakeRef, b: FlakeRef): boolean {
  const flat = (ref: FlakeRef) => JSON.stringify(Object.entries(flakeRefToAttrs(canonical(ref))).sort(([x], [y]) => (x < y ? -1 : 1)));
  return flat(a) === flat(b);
}
