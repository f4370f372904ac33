/** Fetches flakes, reads their flake.nix and lock file: the services that locking needs (see lock.ts). */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { encodeBytes, parse } from '../evaluator/index.ts';
import { flakeError } from '../base/flake-error.ts';
import type { FetchContext, FetchedTree } from '../fetch/fetcher.ts';
import { distributionHash } from '../fetch/debian.ts';
import { fetchInput } from '../fetch/index.ts';
import type { FlakeFile, LoadedFlake } from './flake-file.ts';
import { allInputs, emptyLock, isFollows, type InputPath, type LockNode } from './lock-file.ts';
import type { LockWorld } from './lock.ts';
import { readFlakeExpr } from './read-flake.ts';
import { badLockFile, mostLockBytes, parseLockFile } from './read-lock-file.ts';
import { printFlakeRef, type FlakeRef } from './ref.ts';
import type { Registries } from './registry/registries.ts';
import type { InputAttrs } from '../fetch/scheme/scheme.ts';
import { fileInTree, folderInTree } from './tree-files.ts';

export class FlakeLoader implements LockWorld {
  /** By the requested attributes: one run sees one state of each input. */
  private readonly fetched = new Map<string, FetchedTree>();
  private readonly warned = new Set<string>();
  /** The state of each Debian suite pinned by lock files: a new lock must not be older. */
  private readonly pinnedSuites = new Map<string, InputAttrs>();
  /** The same of apt repositories, by address and suite. */
  private readonly pinnedRepositories = new Map<string, InputAttrs>();
  /** Every fetched tree by its store path, for messages that name the user's own files. */
  readonly trees = new Map<string, FetchedTree>();

  /** `onTree` is called for every tree before it is read. */
  constructor(
    readonly context: FetchContext,
    readonly registries: Registries,
    private readonly onTree: (tree: FetchedTree) => void = () => {},
  ) {}

  warn(message: string): void {
    if (this.warned.has(message)) return;
    this.warned.add(message);
    this.context.warn(message);
  }

  loadFlake(ref: FlakeRef, options: { all: boolean; final: boolean; lockRoot: InputPath }): LoadedFlake {
    const { resolved, tree } = this.fetchRef(ref, options);
    const folder = folderInTree(tree.storePath, resolved.subdir);
    this.requireFlakeFile(folder, tree, resolved);
    const file = this.readFlakeFile(folder, options.lockRoot, printFlakeRef(resolved));
    if (file.submodules && resolved.input.type === 'git' && resolved.input.submodules !== true) {
      const whole = this.loadFlake({ input: { ...resolved.input, submodules: true }, subdir: resolved.subdir }, options);
      return { ...whole, original: ref, resolved };
    }
    return { original: ref, resolved, locked: { input: tree.attrs, subdir: resolved.subdir }, storePath: tree.storePath, folder, file };
  }

  loadTree(ref: FlakeRef, options: { final: boolean }): { locked: FlakeRef; storePath: string } {
    const { resolved, tree } = this.fetchRef(ref, { all: false, final: options.final });
    return { locked: { input: tree.attrs, subdir: resolved.subdir }, storePath: tree.storePath };
  }

  /** Makes the next fetch of this reference read it again. */
  forget(ref: FlakeRef): void {
    const { input } = this.registries.resolve(ref.input, { all: true });
    for (const attrs of [input, { ...input, submodules: true }]) this.fetched.delete(cacheKey(attrs, false));
  }

  /** Makes later fetches read everything again that is not locked. */
  forgetAll(): void {
    this.fetched.clear();
  }

  fetchAttrs(attrs: InputAttrs, options: { final: boolean }): FetchedTree {
    const key = cacheKey(attrs, options.final);
    let tree = this.fetched.get(key);
    if (!tree) {
      tree = fetchInput(
        attrs,
        {
          ...this.context,
          warn: (message) => this.warn(message),
          lockDebian: (suite) => this.context.lockDebian(suite, this.pinnedSuites.get(suite)),
          lockRepository: (wanted) => this.context.lockRepository(wanted, this.pinnedRepositories.get(repositoryKey(wanted))),
        },
        options,
      );
      this.fetched.set(key, tree);
      const before = this.trees.get(tree.storePath);
      if (!before?.checkout) this.trees.set(tree.storePath, tree);
      this.onTree(tree);
    }
    return tree;
  }

  private fetchRef(ref: FlakeRef, options: { all: boolean; final: boolean }): { resolved: FlakeRef; tree: FetchedTree } {
    const { input, dir } = this.registries.resolve(ref.input, options);
    return { resolved: { input, subdir: dir ?? ref.subdir }, tree: this.fetchAttrs(input, options) };
  }

  private requireFlakeFile(folder: string, tree: FetchedTree, ref: FlakeRef): void {
    const { store } = this.context;
    if (fileInTree(store, `${folder}/flake.nix`) !== undefined) return;
    const inside = `${folder}/flake.nix`.slice(tree.storePath.length + 1);
    const { checkout } = tree;
    if (checkout?.git && existsSync(`${checkout.folder}/${inside}`)) {
      throw flakeError(
        'untracked-file',
        `'${checkout.folder}/${inside}' exists but is not tracked by git, so it is not part of the flake`,
        `Run: git -C ${checkout.folder} add ${inside}`,
      );
    }
    throw flakeError(
      'not-a-flake',
      `source tree referenced by '${printFlakeRef(ref)}' does not contain a '${inside}' file`,
      'Run: bootflake flake init  to write an example.',
    );
  }

  readFlakeFile(folder: string, lockRoot: InputPath, name = folder): FlakeFile {
    const path = `${folder}/flake.nix`;
    const physical = fileInTree(this.context.store, path);
    if (physical === undefined) throw flakeError('not-a-flake', `'${path}' does not exist`);
    const text = readFileSync(physical).toString('latin1');
    const { expr } = parse(encodeBytes(path), text, { basePath: encodeBytes(folder), home: homedir, pipes: false });
    return readFlakeExpr(expr, folder, lockRoot, name);
  }

  readLock(folder: string): LockNode {
    const path = `${folder}/flake.lock`;
    const physical = fileInTree(this.context.store, path);
    if (physical === undefined) return emptyLock();
    const { size } = statSync(physical);
    if (size > mostLockBytes) throw badLockFile(`lock file '${path}' has ${size} bytes, more than a lock file can have`, path);
    const root = parseLockFile(readFileSync(physical, 'utf8'), path, (message) => this.warn(message));
    for (const [, edge] of allInputs(root)) {
      const input = isFollows(edge) ? undefined : edge.lock?.locked.input;
      if (input?.type === 'debian') this.pinnedSuites.set(String(input.suite), input);
      if (input?.type === 'apt') this.pinnedRepositories.set(repositoryKey(input), input);
    }
    return root;
  }

  /**
   * The distribution's modules belong to this bootflake: a lock written by another version keeps its archive, but its tree now has another
   * hash. Everything else stays as it is.
   */
  adjustLocked(locked: FlakeRef, name: string): FlakeRef {
    if (locked.input.type !== 'debian') return locked;
    const narHash = distributionHash(locked.input);
    if (narHash === locked.input.narHash) return locked;
    this.warn(
      `input '${name}' was locked with the distribution of another version of bootflake; its packages stay as locked, its modules are ` +
        `this version's`,
    );
    return { ...locked, input: { ...locked.input, narHash } };
  }
}

function repositoryKey({ url, suite }: InputAttrs): string {
  return `${url} ${suite}`;
}

function cacheKey(attrs: InputAttrs, final: boolean): string {
  return JSON.stringify([final, Object.entries(attrs).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
