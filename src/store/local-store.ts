/**
 * The store in a user's folder, laid out like Nix's `--store ROOT` stores: `<root>/nix/store/HASH-NAME`. A path is made in a temporary
 * folder, moved into place as a whole, then registered; only registered paths count.
 */
import { BootflakeError } from '../base/errors.ts';
import { fileExists, makeDirectories, moveCanonical } from '../system/file-operations.ts';
import { acquireLock, removeDeadLocks, type HeldLock } from '../system/lock-file.ts';
import { removeTree } from './physical-tree.ts';
import { bootId } from '../system/process-identity.ts';
import { threadNumber } from '../system/thread.ts';
import { splitStorePath, STORE_DIR } from '../nix-format/store-path.ts';
import { admitDerivation } from './admit-derivation.ts';
import { addSource, addText, addWritten } from './add-to-store.ts';
import { invalidPath, referenceClosure, referencesFirst } from './closure.ts';
import { explainStoreError } from './system-errors.ts';
import { addGcRoot, registerAutoRoot } from './gc-roots.ts';
import { PathRecords, type PathRecord } from './path-records.ts';
import { PowerLossGuard } from './power-loss.ts';
import type { AddToStoreOptions, Store, StoreProblem, StoreSource, ValidPathInfo, VerifyOptions } from './store.ts';
import { TempRoots } from './temp-roots.ts';
import { TemporaryFolders } from './temporary.ts';
import { findProblems, recoverLostBoots } from './verify.ts';

export interface OpenStoreOptions {
  /** An absolute path; made if missing. */
  root: string;
  /** Called when a power loss made it necessary to check paths again. */
  onNotice?: (message: string) => void;
}

export class LocalStore implements Store {
  readonly storeDir = STORE_DIR;
  readonly root: string;
  readonly temporary: TemporaryFolders;
  readonly records: PathRecords;
  /** The folder that holds the store paths. */
  readonly physicalStore: string;
  /** The folder of bootflake's own files about the store. */
  readonly state: string;
  private readonly tempRoots: TempRoots;
  private readonly guard: PowerLossGuard;

  private constructor(root: string) {
    this.root = root;
    this.physicalStore = `${root === '/' ? '' : root}${STORE_DIR}`;
    this.state = `${root === '/' ? '' : root}/nix/var/bootflake`;
    this.tempRoots = TempRoots.of(`${this.state}/temproots`, `${this.state}/gc.lock`);
    this.records = new PathRecords(
      `${this.state}/valid`,
      (path) => this.realPath(path),
      (path) => this.tempRoots.hold(path),
    );
    this.temporary = new TemporaryFolders(`${this.state}/tmp`);
    this.guard = new PowerLossGuard(`${this.state}/unsynced`, root);
  }

  /** Opens the store, makes missing folders, and checks paths that a power loss may have damaged. */
  static open(options: OpenStoreOptions): LocalStore {
    const store = new LocalStore(options.root);
    try {
      if (!fileExists(`${store.state}/locks`)) {
        for (const folder of [
          store.physicalStore,
          `${store.state}/valid`,
          `${store.state}/tmp`,
          `${store.state}/unsynced`,
          `${store.state}/locks`,
        ])
          makeDirectories(folder);
      }
      const boots = store.guard.lostBoots();
      if (boots.length > 0) {
        recoverLostBoots(store, boots, options.onNotice ?? (() => {}));
        for (const boot of boots) store.guard.forget(boot);
      }
      if (threadNumber() === 0) store.guard.flushAbandoned();
    } catch (error) {
      throw explainStoreError(error, options.root);
    }
    return store;
  }

  realPath(path: string): string {
    if (!path.startsWith(`${STORE_DIR}/`) || unplain.test(path)) throw outsideStore(path);
    return this.physicalStore + path.slice(STORE_DIR.length);
  }

  storePathOf(path: string): string | undefined {
    return splitStorePath(path)?.storePath;
  }

  isValidPath(path: string): boolean {
    return this.records.has(path);
  }

  /**
   * Protects paths from the garbage collector and reads their records, which each query does else on its own. For a command that has a list
   * of paths and registers none before it has queried them.
   */
  holdAll(paths: readonly string[]): void {
    this.tempRoots.holdAll(paths);
    this.records.readMany(paths);
  }

  queryPathInfo(path: string): ValidPathInfo | undefined {
    return this.records.get(path);
  }

  /** Throws `store/invalid-path`. */
  validPathInfo(path: string): ValidPathInfo {
    const info = this.queryPathInfo(path);
    if (info === undefined) throw invalidPath(path);
    return info;
  }

  registerValidPath(info: ValidPathInfo): void {
    this.registerValidPaths([info]);
  }

  registerValidPaths(infos: ValidPathInfo[]): void {
    const together = new Map(infos.map((info) => [info.path, info]));
    for (const info of infos) {
      if (!fileExists(this.realPath(info.path))) throw new Error(`path '${info.path}' is registered before its files are in place`);
      for (const reference of info.references) {
        if (!together.has(reference) && !this.records.has(reference)) throw invalidPath(reference);
      }
    }
    this.guard.mark();
    // References first, so that a kill in between leaves no valid path with an invalid reference.
    for (const path of referencesFirst(together.keys(), (one) => together.get(one)!.references)) {
      const info = together.get(path)!;
      const record: PathRecord = { ...info, references: [...info.references].sort(), bootId: bootId() };
      this.records.write(record);
    }
  }

  /** Adds signatures to the record of a valid path; returns how many it lacked. Throws `store/invalid-path`. */
  async addSignatures(path: string, signatures: readonly string[], signal: AbortSignal): Promise<number> {
    const lock = await this.lock(path, { signal });
    try {
      const record = this.records.has(path) ? this.records.read(path) : undefined;
      if (!record) throw invalidPath(path);
      const known = new Set(record.signatures);
      const before = known.size;
      for (const signature of signatures) known.add(signature);
      if (known.size === before) return 0;
      this.guard.mark();
      this.records.write({ ...record, signatures: [...known].sort(), bootId: bootId() });
      return known.size - before;
    } finally {
      lock.release();
    }
  }

  addTextToStore(name: string, text: string | Uint8Array, references: string[]): string {
    return this.explained(() => addText(this, name, typeof text === 'string' ? new TextEncoder().encode(text) : text, references));
  }

  addDerivation(name: string, aterm: Uint8Array, references: string[]): string {
    return this.explained(() => addText(this, name, aterm, references, { vouched: true }));
  }

  addToStore(name: string, source: StoreSource, options: AddToStoreOptions): string {
    return this.explained(() => addSource(this, name, source, options));
  }

  addWrittenTree(name: string, write: (place: string) => string): string {
    return this.explained(() => addWritten(this, name, write));
  }

  /**
   * Moves a complete, canonical tree from `temporary` to the path's place. Removes what an earlier run left there unregistered. Returns
   * false when the path is valid already; `temporary` then stays where it is. A file with a derivation's name is checked, unless it is
   * `vouched` for.
   */
  moveIntoPlace(temporary: string, path: string, { vouched = false } = {}): boolean {
    if (this.records.has(path)) return false;
    if (path.endsWith('.drv') && !vouched) admitDerivation(this, temporary, path);
    const place = this.realPath(path);
    if (fileExists(place)) {
      const aside = this.temporary.newPath('-leftover');
      moveCanonical(place, aside);
      removeTree(aside);
    }
    moveCanonical(temporary, place);
    return true;
  }

  /**
   * Puts a sound tree, complete and canonical, in the place of a valid path's damaged files, and its facts in the place of the record.
   * Killed in between, it leaves a registered path without files, which counts as missing.
   */
  replacePath(temporary: string, info: ValidPathInfo): void {
    if (info.path.endsWith('.drv')) admitDerivation(this, temporary, info.path);
    const place = this.realPath(info.path);
    const aside = this.temporary.newPath('-damaged');
    if (fileExists(place)) moveCanonical(place, aside);
    moveCanonical(temporary, place);
    this.registerValidPath(info);
    if (fileExists(aside)) removeTree(aside);
  }

  computeClosure(paths: string[]): string[] {
    return referenceClosure(paths, (path) => this.records.get(path));
  }

  addIndirectRoot(linkPath: string, target: string): void {
    this.explained(() => addGcRoot(`${this.root}/nix/var/nix/gcroots/auto`, linkPath, this.realPath(target)));
  }

  /** Keeps the store image that a user's disk is an overlay of. */
  addDiskRoot(disk: string): void {
    registerAutoRoot(`${this.root}/nix/var/nix/gcroots/auto`, disk);
  }

  verify(options: VerifyOptions): StoreProblem[] {
    return findProblems(this, options);
  }

  /** Unregisters a path and everything that refers to it, then removes their files. Returns what was removed. */
  deletePath(path: string): string[] {
    const doomed = [path, ...this.referrersOf([path])];
    // Referrers are removed before what they refer to.
    for (const one of doomed.reverse()) this.records.remove(one);
    for (const one of doomed) removeTree(this.realPath(one));
    return doomed.sort();
  }

  /** Every path that refers to one of these, directly or not; nearer ones first. */
  referrersOf(paths: readonly string[]): string[] {
    const found = new Set(paths);
    const records = this.records.all();
    for (let before = 0; before !== found.size; ) {
      before = found.size;
      for (const record of records) if (record.references.some((reference) => found.has(reference))) found.add(record.path);
    }
    return [...found].slice(paths.length);
  }

  /** Waits for the lock that guards the making of a path. `onWait` is called once with who holds it. Throws the signal's reason. */
  async lock(path: string, options: { signal: AbortSignal; onWait?: (owner: string) => void }): Promise<HeldLock> {
    try {
      return await acquireLock(`${this.state}/locks/${path.slice(STORE_DIR.length + 1)}`, options);
    } catch (error) {
      throw explainStoreError(error, this.root);
    }
  }

  /** Removes what killed processes have left. Costs the listing of two folders when there is nothing. */
  removeAbandoned(): void {
    this.temporary.removeAbandoned();
    removeDeadLocks(`${this.state}/locks`);
  }

  /** Starts writing registered paths to the disk, without waiting. */
  flush(): void {
    this.guard.flush();
  }

  close(): void {
    this.temporary.close();
  }

  private explained<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw explainStoreError(error, this.root);
    }
  }
}

/** Parts that are empty, "." or "..", which would lead elsewhere than the path's text says; NUL ends a path in system calls. */
const unplain = /\/\.{0,2}(?:\/|$)|\0/;

function outsideStore(path: string): BootflakeError {
  return new BootflakeError({
    code: 'store/outside-store',
    message: `'${path.replaceAll('\0', '\\0')}' is not the path of a file in the store '${STORE_DIR}'`,
  });
}
