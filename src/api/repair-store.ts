/**
 * `bootflake store verify --repair` and `store repair`: damaged and missing paths are fetched again from binary caches, or built again by
 * the derivations that made them. Each is replaced as a whole; one that cannot be repaired stays as it is.
 */
import { basename } from 'node:path';
import { formatHash } from '../nix-format/hash.ts';
import { DerivationGraph, type DerivationNode } from '../realise/derivation-graph.ts';
import { derivationReferences } from '../nix-format/derivation.ts';
import { parseStorePath, storePathName } from '../nix-format/store-path.ts';
import { readSettings } from '../settings/settings.ts';
import { invalidPath, referencesFirst } from '../store/closure.ts';
import type { LocalStore } from '../store/local-store.ts';
import { restoreRecord } from '../store/restore-record.ts';
import type { StoreProblem } from '../store/store.ts';
import { installablePaths } from './installable-paths.ts';
import { openStore, realiseRequests, substituterOf, type PipelineContext } from './pipeline.ts';

export type { StoreProblem };

export interface RepairResult {
  repaired: string[];
  /** Damaged derivations, and those that need them: an evaluation makes them again. */
  removed: string[];
  /** Why a path could not be repaired. */
  unrepaired: { path: string; reason: string }[];
}

/** Returns the paths that are named, which need not be valid but registered. Throws `store/invalid-path`. */
export async function registeredPaths(context: PipelineContext, names: readonly string[]): Promise<string[]> {
  const store = await openStore(context);
  const paths = await installablePaths(context, store, { names });
  for (const path of paths) if (!store.records.read(path)) throw invalidPath(path);
  return paths;
}

/** Repairs what `verifyStore` found. Throws only the signal's reason; what fails is in the result. */
export async function repairStore(context: PipelineContext, problems: readonly StoreProblem[]): Promise<RepairResult> {
  const store = await openStore(context);
  const repair = new Repair(context, store, new Set(problems.map(({ path, missing }) => missing ?? path)));
  for (const path of repair.inOrder()) {
    context.signal.throwIfAborted();
    await repair.path(path);
  }
  repair.removeUseless();
  store.flush();
  store.close();
  return repair.result;
}

class Repair {
  readonly result: RepairResult = { repaired: [], removed: [], unrepaired: [] };
  private readonly graph: DerivationGraph;
  private readonly useless: string[] = [];
  private readonly needs = new Map<string, string[]>();

  constructor(
    private readonly context: PipelineContext,
    private readonly store: LocalStore,
    private readonly broken: ReadonlySet<string>,
  ) {
    this.graph = new DerivationGraph(store);
  }

  /** The broken paths; what one refers to, or is built from, comes before it. */
  inOrder(): string[] {
    return referencesFirst(this.broken, (path) => this.brokenBelow(path));
  }

  async path(path: string): Promise<void> {
    const reasons: string[] = [];
    for (const attempt of [this.restore, this.fetch, this.build]) {
      try {
        if (await attempt.call(this, path)) {
          this.result.repaired.push(path);
          return;
        }
      } catch (error) {
        this.context.signal.throwIfAborted();
        reasons.push(error instanceof Error ? error.message : String(error));
      }
    }
    if (this.isUseless(path)) return void this.useless.push(path);
    const reason = reasons.join('; ') || 'no binary cache has it, and the derivation that made it is not in the store';
    this.result.unrepaired.push({ path, reason });
  }

  /** The broken paths that a path refers to, directly or not, or that its derivation needs. */
  private brokenBelow(path: string): string[] {
    let known = this.needs.get(path);
    if (known === undefined) {
      const seen = new Set([path]);
      for (const one of seen) for (const reference of this.referencesOf(one)) seen.add(reference);
      for (const node of this.derivationsOf(path)) for (const name of node.outputNames()) seen.add(node.outputPath(name));
      known = [...seen].filter((one) => one !== path && this.broken.has(one));
      this.needs.set(path, known);
    }
    return known;
  }

  /** Of a derivation without a record, those that it names. */
  private referencesOf(path: string): readonly string[] {
    const record = this.store.records.read(path);
    if (record || !path.endsWith('.drv')) return record?.references ?? [];
    const node = this.derivation(path);
    return node ? derivationReferences(node.drv) : [];
  }

  private derivationsOf(path: string): DerivationNode[] {
    try {
      const node = this.maker(path);
      return node ? this.inputsOf(node) : [];
    } catch {
      // The derivation is broken itself: the attempt to build says so.
      return [];
    }
  }

  /** All that a derivation needs, itself included; none where one of them is missing or broken. */
  private inputsOf(node: DerivationNode): DerivationNode[] {
    try {
      return this.graph.reachable(node);
    } catch {
      return [];
    }
  }

  private derivation(drvPath: string): DerivationNode | undefined {
    try {
      return this.graph.get(drvPath);
    } catch {
      return undefined;
    }
  }

  /** A path whose record alone is damaged. */
  private async restore(path: string): Promise<boolean> {
    return !this.store.records.read(path) && restoreRecord(this.store, path);
  }

  /** A damaged derivation that only derivations refer to: it cannot be built. And a damaged record of what is not there. */
  private isUseless(path: string): boolean {
    const { store } = this;
    if (parseStorePath(path) === undefined) return true;
    const isThere = path.endsWith('.drv') && store.isValidPath(path);
    return isThere && store.referrersOf([path]).every((one) => one.endsWith('.drv'));
  }

  /** At the end, as repairs may need what refers to it. */
  removeUseless(): void {
    const { store, result } = this;
    for (const path of this.useless) {
      if (parseStorePath(path) !== undefined) result.removed.push(...store.deletePath(path));
      else {
        store.records.forget(basename(path));
        result.removed.push(path);
      }
    }
  }

  /** Returns false when no cache has the path. */
  private async fetch(path: string): Promise<boolean> {
    const { context, store } = this;
    const { signal, onProgress } = context;
    const substituter = substituterOf(context, readSettings(context.flake, context.env));
    const candidates = (await substituter?.find(path, { signal })) ?? [];
    if (!substituter || candidates.length === 0) return false;
    const registered = store.records.read(path)?.narHash;
    const isSame = ({ info }: (typeof candidates)[0]): boolean =>
      info.narHash !== undefined && formatHash(info.narHash, 'sri') === registered;
    const sameFirst = [...candidates].sort((a, b) => Number(isSame(b)) - Number(isSame(a)));
    await substituter.substitute(store, path, sameFirst, { signal, onProgress, replace: store.isValidPath(path) });
    return true;
  }

  /** Returns false when it is not known how the path was built. */
  private async build(path: string): Promise<boolean> {
    const { context, store } = this;
    const node = this.maker(path);
    const output = node?.outputNames().find((name) => node.outputPath(name) === path);
    if (!node || output === undefined) return false;
    const left = this.brokenBelow(path).find((one) => this.result.unrepaired.some((other) => other.path === one));
    if (left !== undefined) throw new Error(`it cannot be built, as '${left}' could not be repaired`);
    const request = { drvPath: node.drvPath, outputs: [output] };
    // A missing path is not valid, and its siblings stay as they are.
    const extra = store.isValidPath(path) ? { rebuild: true, repair: new Set([path]) } : {};
    await realiseRequests(context, store, [request], extra);
    return true;
  }

  /** The derivation whose output a path is: the one that made it, or one that made what refers to it needs it. */
  private maker(path: string): DerivationNode | undefined {
    const { store } = this;
    const isMaker = (node: DerivationNode): boolean => node.outputNames().some((name) => node.outputPath(name) === path);
    const deriver = store.records.read(path)?.deriver;
    if (deriver !== undefined && store.isValidPath(deriver)) return this.graph.get(deriver);
    for (const record of store.records.all()) {
      if (!record.references.includes(path) || record.deriver === undefined || !store.isValidPath(record.deriver)) continue;
      const node = this.derivation(record.deriver);
      const found = node && this.inputsOf(node).find(isMaker);
      if (found) return found;
    }
    // Nothing says so: its record is damaged.
    const name = storePathName(path);
    for (const drv of store.records.all()) {
      if (!drv.path.endsWith('.drv') || !name.startsWith(storePathName(drv.path).slice(0, -'.drv'.length))) continue;
      const node = this.derivation(drv.path);
      if (node && isMaker(node)) return node;
    }
    return undefined;
  }
}
