/**
 * Merges many unpacked .debs to one tree, as dpkg would have installed them on a merged-/usr system: bin, sbin, lib* go below usr; the
 * machine's own directories (dev, proc, run, boot ...) are left out.
 */
import { BootflakeError } from '../../base/errors.ts';
import type { DebFacts, SpecialMember } from '../../debian/deb.ts';
import { parseRelations, relationAccepts } from '../../debian/relations.ts';
import { directory, type DirectoryNode, type FileNode, type RegularNode } from '../../tree/file-tree.ts';

export interface UnpackedDeb {
  facts: DebFacts;
  root: DirectoryNode;
}

export interface MergedTree {
  root: DirectoryNode;
  /** Members whose mode or owner a store cannot keep; paths are those of the merged tree. */
  special: SpecialMember[];
  /** The package of each file by its path; what diversions have moved is not in it. */
  owners: ReadonlyMap<string, DebFacts>;
}

const belowUsr = new Set(['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32', 'libo32']);
const kept = new Set(['usr', 'etc', 'var', 'opt']);

/** Throws `debian/file-conflict`, naming both packages. */
export function mergeDebs(debs: UnpackedDeb[]): MergedTree {
  const merge = new Merge();
  for (const deb of debs) merge.add(deb);
  return { root: merge.root, special: merge.special, owners: merge.owners };
}

class Merge {
  readonly root = directory([], 0o555);
  readonly special: SpecialMember[] = [];
  readonly owners = new Map<string, DebFacts>();

  add({ facts, root }: UnpackedDeb): void {
    for (const [name, node] of root.entries) {
      if (kept.has(name) && node.type === 'directory') this.merge(this.folder(this.root, name), node, name, facts);
      // A symlink of these names, of base-files or the loader, declares that /usr is merged.
      else if (belowUsr.has(name) && node.type === 'directory') {
        this.merge(this.folder(this.folder(this.root, 'usr'), name), node, `usr/${name}`, facts);
      }
    }
    for (const member of facts.special) {
      const path = merged(member.path);
      if (kept.has(path.split('/')[0]!)) this.special.push({ ...member, path });
    }
  }

  private folder(parent: DirectoryNode, name: string): DirectoryNode {
    const there = parent.entries.get(name);
    if (there?.type === 'directory') return there;
    const made = directory([], 0o555);
    parent.entries.set(name, made);
    return made;
  }

  private merge(into: DirectoryNode, from: DirectoryNode, path: string, facts: DebFacts): void {
    for (const [name, node] of from.entries) {
      const place = `${path}/${name}`;
      const there = into.entries.get(name);
      if (node.type === 'directory') {
        const target = there?.type === 'symlink' ? this.followed(place, there.target) : there;
        if (target !== undefined && target.type !== 'directory') throw this.conflict(place, facts);
        this.merge(target ?? this.folder(into, name), node, place, facts);
      } else if (there === undefined) {
        into.entries.set(name, node);
        this.owners.set(place, facts);
      } else if (there.type === 'directory') {
        // dpkg never replaces a directory by a symlink.
        if (node.type !== 'symlink') throw this.conflict(place, facts);
      } else if (!same(there, node)) {
        this.settle(into, name, node, place, facts);
      }
    }
  }

  /** Handles a file that two packages have: one may replace the other's, or divert it in its scripts. */
  private settle(into: DirectoryNode, name: string, node: FileNode, place: string, facts: DebFacts): void {
    const owner = this.owners.get(place);
    const moved = owner && diversionOf(owner, place);
    if (owner && (moved !== undefined || replaces(owner, facts))) {
      if (moved !== undefined) this.put(moved, node);
      return;
    }
    const away = diversionOf(facts, place);
    if (!owner || (away === undefined && !replaces(facts, owner))) throw this.conflict(place, facts);
    if (away !== undefined) this.put(away, into.entries.get(name)!);
    into.entries.set(name, node);
    this.owners.set(place, facts);
  }

  private put(path: string, node: FileNode): void {
    const names = merged(path).split('/');
    const last = names.pop()!;
    names.reduce((folder, name) => this.folder(folder, name), this.root).entries.set(last, node);
  }

  /** The directory that a symlink of the tree leads to, if it is one. */
  private followed(place: string, target: string): FileNode | undefined {
    const steps = target.startsWith('/') ? target.slice(1) : `${place.split('/').slice(0, -1).join('/')}/${target}`;
    const names: string[] = [];
    for (const step of steps.split('/')) {
      if (step === '..') names.pop();
      else if (step !== '' && step !== '.') names.push(step);
    }
    let node: FileNode | undefined = this.root;
    for (const name of names) node = node?.type === 'directory' ? node.entries.get(name) : undefined;
    return node;
  }

  private conflict(place: string, facts: DebFacts): BootflakeError {
    const other = this.owners.get(place);
    const named = (of: DebFacts | undefined) => (of ? `${of.name} ${of.version}` : 'another package');
    return new BootflakeError({
      code: 'debian/file-conflict',
      message: `/${place} is in ${named(other)} and, with other contents, in ${named(facts)}`,
      hint: 'Leave one of the two out of the system.',
    });
  }
}

/** Returns where a package's scripts divert other packages' file at `place`. */
function diversionOf(facts: DebFacts, place: string): string | undefined {
  return Object.entries(facts.diversions ?? {}).find(([path]) => merged(path) === place)?.[1];
}

/** A path on a system with a merged /usr. */
function merged(path: string): string {
  return belowUsr.has(path.split('/')[0]!) ? `usr/${path}` : path;
}

function replaces(winner: DebFacts, loser: DebFacts): boolean {
  return parseRelations(winner.replaces)
    .flat()
    .some((relation) => relation.name === loser.name && relationAccepts(relation, loser.version));
}

function same(a: FileNode, b: FileNode): boolean {
  if (a === b) return true;
  if (a.type === 'symlink' && b.type === 'symlink') return a.target === b.target;
  return a.type === 'regular' && b.type === 'regular' && a.contents.size === b.contents.size && contents(a).equals(contents(b));
}

function contents(node: RegularNode): Buffer {
  const bytes = Buffer.alloc(node.contents.size);
  node.contents.read(bytes, 0);
  return bytes;
}
