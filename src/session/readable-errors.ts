/** Makes evaluation errors readable: replaces store copies by the user's own files, and points out files that git does not track. */
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { BootflakeError, type Position } from '../base/errors.ts';
import { finishError } from '../evaluator/index.ts';
import { packageRoot } from '../system/package-root.ts';
import { splitStorePath } from '../nix-format/store-path.ts';
import { resolveInStore, type ResolvedPath, type StoreView } from '../store/logical-path.ts';
import type { FetchedTree } from '../fetch/fetcher.ts';

export interface ReadableErrorOptions {
  trees: Iterable<FetchedTree>;
  /** Files below it are shown relative to it. */
  baseDir: string;
  /** Holds the trees. */
  store: StoreView | undefined;
}

const storeFile = /\/nix\/store\/[0-9a-z]{32}-[0-9a-zA-Z+._?=-]+(?:\/[^\s'"`:,;()]*)?/g;

export function readableError(error: unknown, options: ReadableErrorOptions): unknown {
  const finished = finishError(error);
  if (!(finished instanceof BootflakeError)) return finished;
  const trees = [...options.trees].filter((tree) => tree.checkout);
  finished.hint ??= untrackedHint(finished.message, trees, options) ?? absentModuleHint(finished, trees);
  if (!finished.position || !isUsers(finished.position.file, trees)) {
    const texts = [finished.message, ...finished.trace.map(({ message }) => message).filter((message) => namesItsPlace.test(message))];
    finished.position = first(texts, (text) => placeInMessage(text, trees, options)) ?? finished.position;
  }
  if (finished.position) finished.position = readablePosition(finished.position, trees, options);
  finished.trace = finished.trace.map((step) => ({
    ...step,
    message: readableText(step.message, trees, options),
    ...(step.position && { position: readablePosition(step.position, trees, options) }),
  }));
  finished.message = readableText(finished.message, trees, options);
  if (finished.hint !== undefined) finished.hint = readableText(finished.hint, trees, options);
  return finished;
}

/**
 * Errors of the module system contain positions as text, `FILE:LINE:COLUMN`; the first one in a user's file becomes the error's position,
 * so that its source line is shown.
 */
function placeInMessage(message: string, trees: FetchedTree[], options: ReadableErrorOptions): Position | undefined {
  for (const [, file = '', line, column] of message.matchAll(/(\/nix\/store\/[^\s'"`:]+):(\d+):(\d+)/g)) {
    if (!isUsers(file, trees)) continue;
    const position: Position = { file, line: Number(line), column: Number(column) };
    try {
      const found = findInTree(file, options);
      if (found?.facts.type === 'regular')
        position.sourceLine = readFileSync(options.store!.realPath(found.path), 'utf8').split('\n')[position.line - 1] ?? '';
    } catch {
      /* show the position without its source line */
    }
    return position;
  }
  return undefined;
}

/** A trace line of lib's modules/collect.nix, which has the error's own position: the file that it could not load has none. */
const namesItsPlace = /^while loading the module /;

function first<T, R>(items: T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** True for a user's file, false for a file of the distribution that comes with bootflake. */
function isUsers(path: string, trees: FetchedTree[]): boolean {
  const own = ownFile(path, trees);
  return own !== undefined && !own.startsWith(`${packageRoot()}/distro/`);
}

function readablePosition(position: Position, trees: FetchedTree[], options: ReadableErrorOptions): Position {
  return { ...position, file: readableText(position.file, trees, options) };
}

function readableText(text: string, trees: FetchedTree[], options: ReadableErrorOptions): string {
  return text.replace(storeFile, (path) => {
    const own = ownFile(path, trees);
    return own === undefined ? path : shortened(own, options.baseDir);
  });
}

function ownFile(path: string, trees: FetchedTree[]): string | undefined {
  const tree = trees.find(({ storePath }) => path === storePath || path.startsWith(`${storePath}/`));
  return tree?.checkout && tree.checkout.folder + path.slice(tree.storePath.length);
}

function shortened(path: string, baseDir: string): string {
  const near = relative(baseDir, path);
  return near === '' ? '.' : near.startsWith('../') || near === '..' ? path : `./${near}`;
}

/**
 * Finds a file named in a message. The message is untrusted text of the flake: only files in the tree itself are read, wherever ".." or
 * symlinks lead.
 */
function findInTree(path: string, { store }: ReadableErrorOptions): ResolvedPath | undefined {
  const tree = splitStorePath(path)?.storePath;
  return store && resolveInStore({ realPath: (file) => store.realPath(file), includes: (storePath) => storePath === tree }, path);
}

/** The hint for a file that is missing in the copy but present in the copied folder. */
function untrackedHint(message: string, trees: FetchedTree[], options: ReadableErrorOptions): string | undefined {
  for (const [path] of message.matchAll(storeFile)) {
    const own = ownFile(
      path,
      trees.filter(({ checkout }) => checkout?.git),
    );
    if (own === undefined || findInTree(path, options) !== undefined || !existsSync(own)) continue;
    const name = shortened(own, options.baseDir);
    return `'${name}' exists but is not tracked by git, so it is not part of the flake: git add ${name}`;
  }
  return undefined;
}

/** The hint for a module that NixOS has below `modulesPath`, and the distribution lacks. */
function absentModuleHint({ code, message }: BootflakeError, trees: FetchedTree[]): string | undefined {
  const [path] = (code === 'eval/missing-path' && message.match(storeFile)) || [];
  if (path === undefined || !ownFile(path, trees)?.startsWith(`${packageRoot()}/distro/nixos/modules/`)) return undefined;
  return 'the distribution has no such module; those of nixpkgs come with nixosModules.fromNixpkgs (docs/nixos-modules.md)';
}
