/**
 * Predicts copies of large trees to the store from the files that an evaluation imports, and hashes those trees in parallel. A thread's
 * hash is used only in the evaluation that started it, for that same tree, and only if the filter decides on every entry as guessed;
 * otherwise the tree is hashed as if nothing had been predicted.
 */
import type { NarDigest } from '../nix-format/nar-writer.ts';
import { AheadHash, type AheadDigest, type AheadEntries, type AheadOrder } from './ahead-hash.ts';
import type { CopiedTree, CopyMemory } from './copy-memory.ts';
import type { PathFilter } from '../system/read-tree.ts';

const MOST_SIGNS = 32;
const MOST_REFUSED = 1000;

export interface ForeseenOptions {
  /** A tree counts as large from this many filter calls on or, without a filter, from this time in ms. */
  large?: { entries: number; ms: number };
  start?: (order: AheadOrder) => AheadHash;
}

interface Started {
  copied: CopiedTree;
  ahead: AheadHash;
}

export class ForeseenCopies {
  private readonly imported = new Set<string>();
  private readonly started = new Map<string, Started>();
  private readonly large: { entries: number; ms: number };
  private readonly startHash: NonNullable<ForeseenOptions['start']>;

  constructor(
    private readonly memory: CopyMemory,
    options: ForeseenOptions = {},
  ) {
    this.large = options.large ?? { entries: 4000, ms: 60 };
    this.startHash = options.start ?? ((order) => new AheadHash(order));
  }

  /** Must be called with every file that the program imports, under the program's name for it. */
  imports(file: string): void {
    if (this.imported.has(file)) return;
    this.imported.add(file);
    const copied = this.memory.predictedBy(file);
    if (copied) this.begin(copied);
  }

  /** Takes an import as a sign that a tree will be copied, unless better signs of that tree are known. */
  guess(tree: string, sign: string): void {
    if (!this.memory.find(tree)) this.begin({ tree, signs: [sign], refused: ['.git'] });
  }

  /** Copies a tree by `add`, passing it a filter that calls `filter` only once per path, and the tree's hash if that is known. */
  copy(
    tree: { physical: string; name: string },
    filter: PathFilter | undefined,
    add: (filter: PathFilter | undefined, known: NarDigest | undefined) => string,
  ): string {
    const decisions = new Map<string, boolean>();
    const once = filter && remembering(filter, decisions);
    const started = this.started.get(tree.physical);
    this.started.delete(tree.physical);
    const known = started && knownDigest(started, tree.physical, once);
    const begun = performance.now();
    const storePath = add(once, known);
    const took = known ? known.ms : performance.now() - begun;
    if (filter ? decisions.size < this.large.entries : took < this.large.ms) {
      if (started) this.memory.forget(tree.physical);
    } else if (known) this.memory.put(started!.copied);
    else this.learn(tree, decisions);
    return storePath;
  }

  /** To be called at the end of an evaluation. A sign whose predicted copy did not happen is forgotten. */
  save(): void {
    for (const { copied } of this.started.values())
      this.memory.put({ ...copied, signs: copied.signs.filter((sign) => !this.imported.has(sign)) });
    this.drop();
    this.memory.save();
  }

  /** Ends the running computations: they are of no use after the evaluation, as files may change. */
  drop(): void {
    for (const { ahead } of this.started.values()) ahead.drop();
    this.started.clear();
  }

  private begin(copied: CopiedTree): void {
    if (this.started.has(copied.tree)) return;
    try {
      this.started.set(copied.tree, { copied, ahead: this.startHash({ tree: copied.tree, refused: new Set(copied.refused) }) });
    } catch {
      // No thread can be started: the tree is hashed when it is copied.
    }
  }

  private learn({ physical, name }: { physical: string; name: string }, decisions: Map<string, boolean>): void {
    const refused = [...decisions].filter(([, kept]) => !kept).map(([path]) => path.slice(physical.length + 1));
    const known = this.memory.find(physical)?.signs ?? [];
    const signs = known.length > 0 ? known : spread([...this.imported].filter((file) => file.startsWith(`${name}/`)));
    if (signs.length > 0 && refused.length <= MOST_REFUSED) this.memory.put({ tree: physical, signs, refused });
  }
}

function remembering(filter: PathFilter, decisions: Map<string, boolean>): PathFilter {
  return (path, type) => {
    let kept = decisions.get(path);
    if (kept === undefined) {
      kept = filter(path, type);
      decisions.set(path, kept);
    }
    return kept;
  };
}

/** Returns the thread's result if the filter decides as guessed. */
function knownDigest({ ahead, copied }: Started, tree: string, filter: PathFilter | undefined): AheadDigest | undefined {
  try {
    const entries = ahead.entries();
    return entries && agrees(entries, tree, new Set(copied.refused), filter) ? ahead.digest() : undefined;
  } finally {
    ahead.drop();
  }
}

/** A missing filter keeps everything. A filter is called in the order of a copy, up to the first difference. */
function agrees({ paths, types }: AheadEntries, tree: string, refused: ReadonlySet<string>, filter: PathFilter | undefined): boolean {
  if (!filter) return !paths.some((path) => refused.has(path));
  return paths.every((path, i) => filter(`${tree}/${path}`, types[i]!) === !refused.has(path));
}

/** Returns evenly spaced elements of a list, the first included. */
function spread(list: string[]): string[] {
  const every = Math.ceil(list.length / MOST_SIGNS);
  return list.filter((_, i) => i % every === 0);
}
