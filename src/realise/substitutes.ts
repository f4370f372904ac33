/**
 * What can be fetched from binary caches instead of being built. A path counts only if its whole closure can be had: a path is not valid
 * without its references.
 */
import { BootflakeError } from '../base/errors.ts';
import { parseStorePath } from '../nix-format/store-path.ts';
import type { Store } from '../store/store.ts';
import type { Substitute, Substituter } from './realise-types.ts';

function tooMany(most: number): BootflakeError {
  return new BootflakeError({
    code: 'caches/too-many',
    message: `binary caches name more than ${most} paths that those to be fetched refer to`,
    hint: 'Leave out the cache whose paths have no end: the setting substituters.',
  });
}

export class Substitutes {
  private readonly lookups = new Map<string, Promise<void>>();
  private readonly found = new Map<string, readonly Substitute[]>();
  /** Whether a path's whole closure is valid or can be fetched. */
  private readonly complete = new Map<string, boolean>();

  /** Without a substituter, nothing can be fetched. `mostPaths`: a cache that always names further references must end. */
  constructor(
    private readonly store: Store,
    private readonly substituter: Substituter | undefined,
    private readonly mostPaths = 1_000_000,
  ) {}

  get enabled(): boolean {
    return this.substituter !== undefined;
  }

  /**
   * Returns whether these paths and all that they refer to are valid or can be fetched. Throws `store/reference-cycle` when caches describe
   * paths that refer to each other, `caches/too-many`.
   */
  async available(paths: readonly string[], signal: AbortSignal): Promise<boolean> {
    if (this.substituter === undefined) return paths.every((path) => this.store.isValidPath(path));
    await this.lookUp(paths, signal);
    return paths.every((path) => this.isComplete(path));
  }

  /** The caches that have a path; empty unless `available` has looked it up. */
  of(path: string): readonly Substitute[] {
    return this.found.get(path) ?? [];
  }

  /** The other paths that a path to be fetched refers to. */
  references(path: string): string[] {
    return (this.of(path)[0]?.info.references ?? []).filter((reference) => reference !== path);
  }

  /** Looks up paths and all that they refer to, breadth first. */
  private async lookUp(paths: readonly string[], signal: AbortSignal): Promise<void> {
    const seen = new Set<string>();
    for (let level = [...paths]; level.length > 0; ) {
      if (seen.size + level.length > this.mostPaths) throw tooMany(this.mostPaths);
      for (const path of level) seen.add(path);
      await Promise.all(level.map((path) => this.lookUpOne(path, signal)));
      level = [...new Set(level.flatMap((path) => this.references(path)))].filter((path) => !seen.has(path) && !this.complete.has(path));
    }
  }

  private lookUpOne(path: string, signal: AbortSignal): Promise<void> {
    let lookup = this.lookups.get(path);
    if (lookup === undefined) {
      lookup = this.ask(path, signal);
      this.lookups.set(path, lookup);
      lookup.catch(() => this.lookups.delete(path));
    }
    return lookup;
  }

  private async ask(path: string, signal: AbortSignal): Promise<void> {
    if (parseStorePath(path) === undefined || this.store.isValidPath(path)) return;
    const found = await this.substituter!.find(path, { signal });
    if (found.length > 0) this.found.set(path, found);
  }

  /** Walks the references, which were all looked up, without recursion: a cache may describe a very long chain. */
  private isComplete(start: string): boolean {
    const open = new Set<string>();
    const stack: { path: string; references: string[]; next: number }[] = [];
    const enter = (path: string): void => {
      open.add(path);
      stack.push({ path, references: this.references(path), next: 0 });
    };
    const known = (path: string): boolean | undefined => {
      const before = this.complete.get(path);
      if (before !== undefined) return before;
      if (this.store.isValidPath(path)) return this.settle(path, true);
      return this.of(path).length === 0 ? this.settle(path, false) : undefined;
    };
    const first = known(start);
    if (first !== undefined) return first;
    enter(start);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const reference = top.references[top.next++];
      if (reference === undefined) {
        this.settle(
          top.path,
          top.references.every((path) => this.complete.get(path) === true),
        );
        open.delete(top.path);
        stack.pop();
      } else if (known(reference) === undefined) {
        if (open.has(reference)) throw referenceCycle([...open, reference], this.of(reference)[0]!);
        enter(reference);
      }
    }
    return this.complete.get(start) === true;
  }

  private settle(path: string, complete: boolean): boolean {
    this.complete.set(path, complete);
    return complete;
  }
}

function referenceCycle(walk: string[], { cache }: Substitute): BootflakeError {
  const last = walk.at(-1)!;
  const cycle = walk.slice(walk.indexOf(last));
  const shown = cycle.length > 4 ? [...cycle.slice(0, 2), '...', ...cycle.slice(-2)] : cycle;
  return new BootflakeError({
    code: 'store/reference-cycle',
    message: `the binary cache '${cache.uri}' describes paths that refer to each other: ${shown.join(' -> ')}`,
    hint: `No store can hold such paths. Leave the cache out: --option substituters '...' without '${cache.uri}'.`,
  });
}
