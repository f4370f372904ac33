/**
 * Copies of large trees to the store, foreseen from the files that an evaluation imports: their hashes are computed beside it. What the thread
 * found is used in the evaluation that started it, for the very tree, and where the filter answers every entry as was guessed; else the
 * tree is hashed as if nothing had been foreseen.
 */
import type { NarDigest } from '../nix-format/nar-writer.ts';
import { AheadHash, type AheadDigest, type AheadEntries, type AheadOrder } from './ahead-hash.ts';
import type { CopiedTree, CopyMemory } from './copy-memory.ts';
import type { PathFilter } from '../system/read-tree.ts';

const MOST_SIGNS = 32;
const MOST_REFUSED = 1000;

export interface ForeseenOptions {
  /** From this many entries that its filter is asked about, or from this time in ms without one, a tree is a large one. */
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

  /** To be told of every file that the program imports, by the name that the program has for it. */
  imports(file: string): void {
    if (this.imported.has(file)) return;
    this.imported.add(file);
    const copied = this.memory.foretold(file);
    if (copied) this.begin(copied);
  }

  /** Takes an import for a sign that a tree will be copied, where nothing better is known of the tree. */
  guess(tree: string, sign: string): void {
    if (!this.memory.find(tree)) this.begin({ tree, signs: [sign], refused: ['.git'] });
  }

  /** Copies a tree by `add`, which gets a filter that asks `filter` only once about a path, and the tree's hash if that is known. */
  copy(
    tree: { physical: string; name: string },
    filter: PathFilter | undefined,
    add: (filter: PathFilter | undefined, known: NarDigest | undefined) => string,
  ): string {
    const told = new Map<string, boolean>();
    const once = filter && remembering(filter, told);
    const started = this.started.get(tree.physical);
    this.started.delete(tree.physical);
    const known = started && knownDigest(started, tree.physical, once);
    const begun = performance.now();
    const storePath = add(once, known);
    const took = known ? known.ms : performance.now() - begun;
    if (filter ? told.size < this.large.entries : took < this.large.ms) {
      if (started) this.memory.forget(tree.physical);
    } else if (known) this.memory.put(started!.copied);
    else this.learn(tree, told);
    return storePath;
  }

  /** At the end of an evaluation: what was foreseen and did not come is not foreseen from the same again. */
  save(): void {
    for (const { copied } of this.started.values())
      this.memory.put({ ...copied, signs: copied.signs.filter((sign) => !this.imported.has(sign)) });
    this.drop();
    this.memory.save();
  }

  /** Ends what is being computed: it is of no use after the evaluation, as files may change. */
  drop(): void {
    for (const { ahead } of this.started.values()) ahead.drop();
    this.started.clear();
  }

  private begin(copied: CopiedTree): void {
    if (this.started.has(copied.tree)) return;
    try {
      this.started.set(copied.tree, { copied, ahead: this.startHash({ tree: copied.tree, refused: new Set(copied.refused) }) });
    } catch {
      // No thread is to be had: the copy is made without.
    }
  }

  private learn({ physical, name }: { physical: string; name: string }, told: Map<string, boolean>): void {
    const refused = [...told].filter(([, kept]) => !kept).map(([path]) => path.slice(physical.length + 1));
    const known = this.memory.find(physical)?.signs ?? [];
    const signs = known.length > 0 ? known : spread([...this.imported].filter((file) => file.startsWith(`${name}/`)));
    if (signs.length > 0 && refused.length <= MOST_REFUSED) this.memory.put({ tree: physical, signs, refused });
  }
}

function remembering(filter: PathFilter, told: Map<string, boolean>): PathFilter {
  return (path, type) => {
    let kept = told.get(path);
    if (kept === undefined) {
      kept = filter(path, type);
      told.set(path, kept);
    }
    return kept;
  };
}

/** What the thread found, where the filter answers as was guessed. */
function knownDigest({ ahead, copied }: Started, tree: string, filter: PathFilter | undefined): AheadDigest | undefined {
  try {
    const entries = ahead.entries();
    return entries && agrees(entries, tree, new Set(copied.refused), filter) ? ahead.digest() : undefined;
  } finally {
    ahead.drop();
  }
}

/** No filter keeps everything. A filter is asked in the order of a copy, and not on past the first difference. */
function agrees({ paths, types }: AheadEntries, tree: string, refused: ReadonlySet<string>, filter: PathFilter | undefined): boolean {
  if (!filter) return !paths.some((path) => refused.has(path));
  return paths.every((path, i) => filter(`${tree}/${path}`, types[i]!) === !refused.has(path));
}

/** Some of a list from its beginning to its end, the first among them. */
function spread(list: string[]): string[] {
  const every = Math.ceil(list.length / MOST_SIGNS);
  return list.filter((_, i) => i % every === 0);
}
