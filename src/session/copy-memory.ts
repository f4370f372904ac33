/**
 * Records, between runs, which large trees evaluations copied to the store and which imports predicted it. It decides only what is worth
 * hashing ahead. A checked file: the trees as JSON, the most recently used last.
 */
import { readChecked, writeChecked } from '../kept/checked-file.ts';

const KIND = { name: 'copies', schema: 1 };
const MOST_TREES = 16;
const MOST_BYTES = 256 << 10;

export interface CopiedTree {
  /** The physical path. */
  tree: string;
  /**
   * Files imported, in this order, by the evaluations that copied the tree and, as far as is known, by no other. The import of the first
   * predicts the copy; when none is left, nothing does.
   */
  signs: string[];
  /** Paths below the tree that the filter of the copy rejected. */
  refused: string[];
}

export class CopyMemory {
  private trees: Map<string, CopiedTree> | undefined;
  private changed = false;

  constructor(private readonly path: string) {}

  find(tree: string): CopiedTree | undefined {
    return this.load().get(tree);
  }

  /** The copy that the import of a file predicts. */
  predictedBy(file: string): CopiedTree | undefined {
    for (const copied of this.load().values()) if (copied.signs[0] === file) return copied;
    return undefined;
  }

  put(copied: CopiedTree): void {
    const trees = this.load();
    if (trees.get(copied.tree) === copied && [...trees.values()].at(-1) === copied) return;
    trees.delete(copied.tree);
    trees.set(copied.tree, copied);
    this.changed = true;
  }

  forget(tree: string): void {
    if (this.load().delete(tree)) this.changed = true;
  }

  /** Writes the changes. A memory that cannot be written is ignored. */
  save(): void {
    if (!this.changed) return;
    this.changed = false;
    const kept = [...this.load().values()].slice(-MOST_TREES);
    let body = Buffer.from(JSON.stringify(kept), 'utf8');
    while (body.length > MOST_BYTES) {
      kept.shift();
      body = Buffer.from(JSON.stringify(kept), 'utf8');
    }
    try {
      writeChecked(this.path, KIND, [body]);
    } catch {
      // The next run learns it again.
    }
  }

  private load(): Map<string, CopiedTree> {
    this.trees ??= new Map(readTrees(this.path).map((copied) => [copied.tree, copied]));
    return this.trees;
  }
}

function readTrees(path: string): CopiedTree[] {
  const body = readChecked(path, KIND);
  return body ? (JSON.parse(body.toString('utf8')) as CopiedTree[]) : [];
}
