/** Files of the store as the machine will find them: links to `/nix/store/...` lead to other store paths. */
import { BootflakeError } from '../../../base/errors.ts';
import { FileSource } from '../../../io/file-source.ts';
import { listNames, readText } from '../../../io/file-operations.ts';
import { STORE_DIR } from '../../../nix-format/store-path.ts';
import { resolveInStore, type ResolvedPath } from '../../../store/logical-path.ts';
import { directory, type FileNode, type RegularNode } from '../../../tree/file-tree.ts';

export class StoreFiles {
  constructor(private readonly store: { realPath(path: string): string }) {}

  /** undefined when nothing is there. */
  find(path: string): ResolvedPath | undefined {
    return resolveInStore(this.store, path);
  }

  get(path: string): ResolvedPath {
    const found = this.find(path);
    if (!found) throw new BootflakeError({ code: 'disk/missing-file', message: `there is no ${path}`, hint: 'the image needs it' });
    return found;
  }

  /** The file in the host's file system. */
  physical(path: string): string {
    return this.store.realPath(this.get(path).path);
  }

  /** The same, but for a symlink at the end itself. */
  physicalLink(path: string): string {
    const slash = path.lastIndexOf('/');
    const folder = path.slice(0, slash);
    return folder === STORE_DIR ? this.store.realPath(path) : this.store.realPath(`${this.get(folder).path}${path.slice(slash)}`);
  }

  text(path: string): string | undefined {
    const found = this.find(path);
    return found && readText(this.store.realPath(found.path), 'utf8');
  }

  /** Sorted; empty for what is not there. */
  names(path: string): string[] {
    const found = this.find(path);
    return found?.facts.type === 'directory' ? listNames(this.store.realPath(found.path)) : [];
  }

  file(path: string): RegularNode {
    const found = this.get(path);
    if (found.facts.type !== 'regular') throw new BootflakeError({ code: 'disk/missing-file', message: `${path} is not a file` });
    return { type: 'regular', mode: 0o644, uid: 0, gid: 0, contents: new FileSource(this.store.realPath(found.path), found.facts.size) };
  }

  /** A file or folder with what its links lead to, each file apart: what a FAT volume can hold. */
  copy(path: string): FileNode {
    if (this.get(path).facts.type !== 'directory') return this.file(path);
    return directory(this.names(path).map((name) => [name, this.copy(`${path}/${name}`)]));
  }
}
