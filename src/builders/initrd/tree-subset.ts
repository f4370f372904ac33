/**
 * A part of a tree of merged packages: the requested files and, for each program and library among them, the libraries that it needs, found
 * as the dynamic linker of the booted machine will find them. No program runs for it.
 */
import { BootflakeError } from '../../base/errors.ts';
import { readElfObject } from '../../debian/generated/elf.ts';
import { shownName } from '../../tree/file-name.ts';
import { directory, symlink, type DirectoryNode, type FileNode, type RegularNode } from '../../tree/file-tree.ts';
import { BadPath, pathParts, placeNode } from '../../tree/place.ts';

const MAX_LINKS = 40;
/** Where the linker looks without being told, on Debian. */
const LIBRARY_FOLDERS = ['usr/lib/x86_64-linux-gnu', 'usr/lib/aarch64-linux-gnu', 'usr/lib', 'usr/lib64'];
/** Links at the root of every Debian system. */
const ROOT_LINKS = ['bin', 'sbin', 'lib', 'lib64'];

export class TreeSubset {
  readonly root: DirectoryNode;
  private readonly from: DirectoryNode;
  private readonly tree: string;
  /** Canonical paths that are there with all that they need. */
  private readonly present = new Set<string>();

  /** `from`: the root of the packages' tree, with `usr`; `tree`: its path, for errors. */
  constructor(from: DirectoryNode, tree: string) {
    this.tree = tree;
    this.from = { ...from, entries: new Map(from.entries) };
    this.root = directory();
    for (const name of ROOT_LINKS) {
      this.from.entries.set(name, symlink(`usr/${name}`));
      this.root.entries.set(name, symlink(`usr/${name}`));
    }
  }

  has(path: string): boolean {
    return this.walk(path) !== undefined;
  }

  /** Adds a file, a link with what it leads to, or a folder with all in it. Throws `initrd/missing-file`, `initrd/missing-library`. */
  add(path: string): void {
    const found = this.walk(path, true);
    // The tree as a whole is none of its files.
    if (found === undefined || found.path === '') {
      throw new BootflakeError({
        code: 'initrd/missing-file',
        message: `there is no ${shownName(path)} in ${this.tree}, from which the initrd is made`,
      });
    }
    this.place(found.path, found.node);
  }

  /** Adds the libraries that a file needs which is not in the tree. */
  addLibrariesOf(node: RegularNode, path: string): void {
    const object = readElfObject(node.contents);
    if (object === undefined) return;
    if (object.interpreter !== undefined) this.add(object.interpreter);
    const own = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    // Its own folder comes last: libraries of one program need each other without saying where, as the program loads them first.
    const folders = [...object.runPath.map((folder) => folder.replace(/\$ORIGIN|\$\{ORIGIN\}/g, `/${own}`)), ...LIBRARY_FOLDERS, own];
    for (const name of object.needed) {
      const found = folders.map((folder) => `${folder}/${name}`).find((file) => this.walk(file)?.node.type === 'regular');
      if (found === undefined) {
        throw new BootflakeError({
          code: 'initrd/missing-library',
          message: `${shownName(path)} needs the library ${shownName(name)}, which is not in ${this.tree}`,
          hint: 'Add the package that has it to boot.initrd.systemd.initrdBin.',
        });
      }
      this.add(found);
    }
  }

  private place(path: string, node: FileNode): void {
    if (this.present.has(path)) return;
    this.present.add(path);
    if (node.type === 'directory') {
      placeNode(this.root, path, { ...node, mode: 0o755, entries: new Map() });
      for (const [name, child] of [...node.entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
        // A link may lead out of the tree, to a file that the running system makes.
        if (child.type === 'symlink' && !this.has(`${path}/${name}`)) placeNode(this.root, `${path}/${name}`, child);
        else this.add(`${path}/${name}`);
      }
      return;
    }
    placeNode(this.root, path, node);
    if (node.type === 'regular') this.addLibrariesOf(node, path);
  }

  /** Follows `path` as a running system would, and returns where it ends. With `copy`, the links on the way are placed. */
  private walk(path: string, copy = false): { path: string; node: FileNode } | undefined {
    let links = 0;
    let at: { names: string[]; nodes: DirectoryNode[] } = { names: [], nodes: [this.from] };
    const rest = this.parts(path);
    for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
      if (part === '..') {
        if (at.names.length > 0) at = { names: at.names.slice(0, -1), nodes: at.nodes.slice(0, -1) };
        continue;
      }
      const node = at.nodes.at(-1)!.entries.get(part);
      if (node === undefined) return undefined;
      const names = [...at.names, part];
      if (node.type === 'symlink') {
        if (++links > MAX_LINKS) return undefined;
        if (copy) placeNode(this.root, names.join('/'), node);
        if (node.target.startsWith('/')) at = { names: [], nodes: [this.from] };
        rest.unshift(...this.parts(node.target));
      } else if (node.type === 'directory') {
        at = { names, nodes: [...at.nodes, node] };
      } else {
        return rest.length === 0 ? { path: names.join('/'), node } : undefined;
      }
    }
    return { path: at.names.join('/'), node: at.nodes.at(-1)! };
  }

  private parts(path: string): string[] {
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    try {
      pathParts(parts.filter((part) => part !== '..').join('/'));
    } catch (error) {
      if (!(error instanceof BadPath)) throw error;
      throw new BootflakeError({ code: 'initrd/bad-path', message: `${shownName(path)} is no path: ${error.message}`, cause: error });
    }
    return parts;
  }
}
