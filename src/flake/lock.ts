/**
 * Computes the lock from the inputs of a flake.nix and the old lock: an input with the same reference as in the old lock keeps its lock;
 * the others are fetched. Inputs of inputs are taken from the lock if possible, so that nothing is fetched needlessly.
 */
import { flakeError } from '../base/flake-error.ts';
import type { FlakeFile, FlakeInput, LoadedFlake } from './flake-file.ts';
import { compareInputPaths, emptyLock, isFollows, type InputPath, type LockNode } from './lock-file.ts';
import { flakeRefFromAttrs, printFlakeRef, sameFlakeRef, type FlakeRef } from './ref.ts';
import { isLockedInput } from '../fetch/scheme/index.ts';
import { relativePath } from '../fetch/scheme/path.ts';
import { suggestNames } from './suggest.ts';
import { BootflakeError } from '../base/errors.ts';

export interface LockRequest {
  /** Maps input paths (`a/b`) to the flakes that replace them. */
  overrides: Map<string, FlakeRef>;
  /** Input paths to update. */
  updates: InputPath[];
  /** An unknown input in `updates` is an error, not just a warning. */
  strictUpdates?: boolean | undefined;
  /** In pure evaluation: unlocked inputs are not fetched, as they could be any file of the host. */
  lockedOnly?: boolean | undefined;
}

/** The services that locking needs. */
export interface LockWorld {
  /** Fetches a flake and reads its flake.nix; `lockRoot` is the base of its `follows`. */
  loadFlake(ref: FlakeRef, options: { all: boolean; final: boolean; lockRoot: InputPath }): LoadedFlake;
  /** Fetches a tree that is not a flake. */
  loadTree(ref: FlakeRef, options: { final: boolean }): { locked: FlakeRef; storePath: string };
  /** Reads the flake.nix in a folder of the store. */
  readFlakeFile(folder: string, lockRoot: InputPath): FlakeFile;
  /** Reads the lock file beside a flake.nix; returns an empty lock if there is none. */
  readLock(folder: string): LockNode;
  /** Updates a locked reference if its fetcher requires it (the distribution of another version of bootflake). */
  adjustLocked(locked: FlakeRef, name: string): FlakeRef;
  warn(message: string): void;
}

export interface LockResult {
  root: LockNode;
  /** The logical folders of the trees fetched meanwhile, by node. */
  folders: Map<LockNode, string>;
}

interface Override {
  input: FlakeInput;
  /** The base of its relative paths. */
  folder: string;
  parent?: InputPath;
}

interface Level {
  inputs: Map<string, FlakeInput>;
  node: LockNode;
  path: InputPath;
  old: LockNode | undefined;
  followsPrefix: InputPath;
  folder: string;
  /** The inputs come from the old lock: their `follows` are not checked. */
  trusted: boolean;
}

/** Computes the lock of a flake. `old` is that of its lock file, or empty to update everything. */
export function computeLock(flake: LoadedFlake, old: LockNode, request: LockRequest, world: LockWorld): LockResult {
  return new Locker(flake, request, world).run(flake, old);
}

class Locker {
  private readonly overrides = new Map<string, Override>();
  private readonly commandLine = new Set<string>();
  private readonly used = new Set<string>();
  private readonly seen = new Set<string>();
  private readonly parents: FlakeRef[] = [];
  private readonly folders = new Map<LockNode, string>();

  constructor(
    flake: LoadedFlake,
    private readonly request: LockRequest,
    private readonly world: LockWorld,
  ) {
    for (const [path, ref] of request.overrides) {
      this.overrides.set(path, { input: { ref, isFlake: true, overrides: new Map() }, folder: flake.folder });
      this.commandLine.add(path);
    }
  }

  run(flake: LoadedFlake, old: LockNode): LockResult {
    const root = emptyLock();
    this.folders.set(root, flake.folder);
    this.lockLevel({ inputs: flake.file.inputs, node: root, path: [], old, followsPrefix: [], folder: flake.folder, trusted: false });
    for (const [path, ref] of this.request.overrides) {
      if (!this.used.has(path)) this.world.warn(`the flag '--override-input ${path} ${printFlakeRef(ref)}' does not match any input`);
    }
    for (const path of this.request.updates) {
      if (this.seen.has(path.join('/'))) continue;
      const message = `'${path.join('/')}' does not match any input of this flake`;
      if (this.request.strictUpdates) throw flakeError('unknown-input', message, suggestNames(path.join('/'), [...this.seen], 'the flake'));
      this.world.warn(`${message}; it has: ${[...root.inputs.keys()].join(', ') || 'none'}`);
    }
    return { root, folders: this.folders };
  }

  private lockLevel(level: Level): void {
    for (const [name, input] of level.inputs) this.collectOverrides(input, [...level.path, name], level);
    for (const key of this.overrides.keys()) {
      const at = key.lastIndexOf('/');
      const [parent, name] = at < 0 ? ['', key] : [key.slice(0, at), key.slice(at + 1)];
      if (parent === level.path.join('/') && !level.inputs.has(name) && !(at < 0 && this.commandLine.has(key))) {
        this.world.warn(`input '${parent}' has an override for a non-existent input '${name}'`);
      }
    }
    for (const name of [...level.inputs.keys()].sort()) {
      try {
        this.lockInput(level, name, level.inputs.get(name) as FlakeInput);
      } catch (error) {
        if (error instanceof BootflakeError)
          error.trace.push({ message: `while updating the flake input '${[...level.path, name].join('/')}'` });
        throw error;
      }
    }
  }

  /** The first override wins: those of flakes nearer to the root come first. */
  private collectOverrides(input: FlakeInput, path: InputPath, level: Level): void {
    for (const [name, override] of input.overrides) {
      const key = [...path, name].join('/');
      if ((override.ref || override.follows) && !this.overrides.has(key))
        this.overrides.set(key, { input: override, folder: level.folder, parent: level.path });
      this.collectOverrides(override, [...path, name], level);
    }
  }

  private lockInput(level: Level, name: string, given: FlakeInput): void {
    const path = [...level.path, name];
    const key = path.join('/');
    const override = this.overrides.get(key);
    if (override) this.used.add(key);
    const input: FlakeInput = override ? { ...override.input, isFlake: given.isFlake } : given;
    if (input.follows) {
      level.node.inputs.set(name, input.follows);
      this.seen.add(key);
      return;
    }
    const ref = input.ref ?? flakeRefFromAttrs({ type: 'indirect', id: name });
    const relative = relativePath(ref.input);
    const parent = relative === undefined ? undefined : override ? (override.parent ?? []) : level.path;
    this.seen.add(key);
    const oldEdge = this.request.updates.some((update) => compareInputPaths(update, path) === 0) ? undefined : level.old?.inputs.get(name);
    const old = oldEdge && !isFollows(oldEdge) ? oldEdge : undefined;
    const unchanged =
      old?.lock &&
      sameFlakeRef(old.lock.original, ref) &&
      !this.commandLine.has(key) &&
      (old.lock.parent ?? ['\0']).join('/') === (parent ?? ['\0']).join('/');
    if (unchanged) this.keep(level, name, path, old);
    else this.lockAnew(level, name, path, { input, given, ref, folder: override?.folder ?? level.folder, ...(parent && { parent }) });
  }

  /** Keeps an entry of the old lock. Its flake is fetched only when its inputs do not follow from the old lock. */
  private keep(level: Level, name: string, path: InputPath, old: LockNode): void {
    const lock = old.lock as NonNullable<LockNode['lock']>;
    const locked = this.world.adjustLocked(lock.locked, path.join('/'));
    const node: LockNode = { inputs: new Map(), lock: { ...lock, locked } };
    level.node.inputs.set(name, node);
    let refetch = this.request.updates.some(
      (update) => update.length > path.length && compareInputPaths(update.slice(0, path.length), path) === 0,
    );
    const inputs = new Map<string, FlakeInput>();
    for (const [childName, edge] of refetch ? [] : old.inputs) {
      if (!isFollows(edge)) {
        inputs.set(childName, {
          ref: (edge.lock as NonNullable<LockNode['lock']>).original,
          isFlake: edge.lock?.isFlake ?? true,
          overrides: new Map(),
        });
      } else if (!level.trusted && !this.overrides.has([...path, childName].join('/'))) {
        refetch = true; // The override that made it follow is gone: its own reference is only in its flake.nix.
        break;
      } else {
        inputs.set(childName, { isFlake: true, follows: [...level.followsPrefix, ...edge], overrides: new Map() });
      }
    }
    if (!refetch) {
      this.lockLevel({ inputs, node, path, old, followsPrefix: level.followsPrefix, folder: level.folder, trusted: true });
      return;
    }
    const relative = relativePath(locked.input);
    const folder = relative === undefined ? undefined : resolveInside(level.folder, relative, path.join('/'));
    const flake =
      folder !== undefined
        ? { folder, file: this.world.readFlakeFile(folder, path) }
        : this.world.loadFlake(locked, { all: false, final: true, lockRoot: path });
    this.folders.set(node, flake.folder);
    this.lockLevel({
      inputs: flake.file.inputs,
      node,
      path,
      old,
      followsPrefix: level.followsPrefix,
      folder: flake.folder,
      trusted: false,
    });
  }

  private lockAnew(
    level: Level,
    name: string,
    path: InputPath,
    asked: { input: FlakeInput; given: FlakeInput; ref: FlakeRef; folder: string; parent?: InputPath },
  ): void {
    const { input, given, ref } = asked;
    const fromCommandLine = this.commandLine.has(path.join('/'));
    // An override on the command line keeps the original reference: the lock stays valid for flake.nix, so the override persists.
    const original = given.ref && fromCommandLine ? given.ref : ref;
    const relative = relativePath(ref.input);
    const folder = relative === undefined ? undefined : resolveInside(asked.folder, relative, path.join('/'));
    const parent = asked.parent && { parent: asked.parent };
    if (this.request.lockedOnly && folder === undefined && !isLockedInput(ref.input)) {
      throw flakeError(
        'unlocked-fetch',
        `cannot update unlocked flake input '${path.join('/')}' in pure mode: its flake has no lock for '${printFlakeRef(ref)}'`,
        'Lock that flake, make it an input of yours, or use --impure',
      );
    }
    if (!input.isFlake) {
      const tree = folder !== undefined ? { locked: ref, storePath: folder } : this.world.loadTree(ref, { final: false });
      const node: LockNode = { inputs: new Map(), lock: { locked: tree.locked, original, isFlake: false, ...parent } };
      this.folders.set(node, tree.storePath);
      level.node.inputs.set(name, node);
      return;
    }
    if (this.parents.some((above) => sameFlakeRef(above, ref)))
      throw flakeError('circular-import', `found circular import of flake '${printFlakeRef(ref)}'`);
    const flake =
      folder !== undefined
        ? { folder, locked: ref, file: this.world.readFlakeFile(folder, path) }
        : this.world.loadFlake(ref, { all: fromCommandLine, final: false, lockRoot: path });
    const node: LockNode = { inputs: new Map(), lock: { locked: flake.locked, original, isFlake: true, ...parent } };
    level.node.inputs.set(name, node);
    this.folders.set(node, flake.folder);
    this.parents.push(ref);
    this.lockLevel({
      inputs: flake.file.inputs,
      node,
      path,
      old: this.world.readLock(flake.folder),
      followsPrefix: path,
      folder: flake.folder,
      trusted: false,
    });
    this.parents.pop();
  }
}

/** Resolves a relative path inside the parent's tree; throws `flake/outside-tree` when it leaves it. */
function resolveInside(folder: string, relative: string, name: string): string {
  const root = folder.split('/').slice(0, 4).join('/');
  const parts = folder.split('/').slice(4);
  for (const part of relative.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) {
      throw flakeError(
        'outside-tree',
        `input '${name}' has the path '${relative}', which lies outside of its flake's tree`,
        'Use its absolute path: path:/PATH or git+file:///PATH',
      );
    }
  }
  return [root, ...parts].join('/');
}
