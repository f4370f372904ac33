/**
 * The files of a builder's inputs, by their logical paths. Every read of a builder goes through here: symlinks are followed as the built
 * machine will follow them, never by the host's kernel, which would follow them to files of the host.
 */
import { BootflakeError } from '../base/errors.ts';
import { directoryEntries, type DirectoryEntry } from '../system/directory-entries.ts';
import { readText } from '../system/file-operations.ts';
import { FileSource } from '../system/file-source.ts';
import { readFile } from './image/image-file.ts';
import { readTree, type HardLinks } from '../system/read-tree.ts';
import { STORE_DIR } from '../nix-format/store-path.ts';
import { followInStore, type DeadEnd, type ResolvedPath, type StoreView } from '../store/logical-path.ts';
import { directory, type FileNode, type RegularNode } from '../tree/file-tree.ts';

/** The view of the inputs: a builder's context. */
export interface InputView extends StoreView {
  /** The error for a path whose symlinks lead out of the inputs. */
  notAnInput?(path: string, leadsTo: string): BootflakeError;
}

/** The maximum number of files reached through symlinks in one copy. */
const MOST_COPIED = 10_000;

export class InputFiles {
  constructor(private readonly view: InputView) {}

  /**
   * Returns undefined for a missing file, or if a symlink leads out of the inputs. Throws `build/not-an-input` for a path that is itself
   * outside.
   */
  find(path: string): ResolvedPath | undefined {
    const end = this.follow(path);
    return 'facts' in end ? end : undefined;
  }

  /** The same, but throws `io/no-such-file` for a missing file, `build/not-an-input` if a symlink leads out of the inputs. */
  get(path: string): ResolvedPath {
    const end = this.follow(path);
    if ('facts' in end) return end;
    throw (end.outside ? this.view.notAnInput?.(path, end.path) : undefined) ?? this.missing(path);
  }

  /** Returns where a path's symlinks lead, whether or not the file exists: for a link out of the store, the path on the machine. */
  endOf(path: string): string {
    return this.follow(path).path;
  }

  text(path: string): string | undefined {
    const found = this.find(path);
    return found?.facts.type === 'regular' ? readText(this.view.realPath(found.path), 'utf8') : undefined;
  }

  bytes(path: string): Buffer | undefined {
    const found = this.find(path);
    return found?.facts.type === 'regular' ? readFile(this.view.realPath(found.path)) : undefined;
  }

  /** As `bytes`, for a file that must exist. */
  read(path: string): Buffer {
    const bytes = this.bytes(path);
    if (bytes !== undefined) return bytes;
    this.get(path);
    throw this.notAFile(path);
  }

  /** Names in a directory, sorted; empty for anything else. */
  names(path: string): string[] {
    return this.entries(path).map(({ name }) => name);
  }

  /** Sorted by name; empty for anything but a directory. */
  entries(path: string): DirectoryEntry[] {
    const found = this.find(path);
    return found?.facts.type === 'directory' ? directoryEntries(this.view.realPath(found.path)) : [];
  }

  isFile(path: string): boolean {
    return this.find(path)?.facts.type === 'regular';
  }

  isFolder(path: string): boolean {
    return this.find(path)?.facts.type === 'directory';
  }

  source(path: string): FileSource {
    return this.file(path).contents as FileSource;
  }

  file(path: string): RegularNode {
    const found = this.get(path);
    if (found.facts.type !== 'regular') throw this.notAFile(path);
    return { type: 'regular', mode: 0o644, uid: 0, gid: 0, contents: new FileSource(this.view.realPath(found.path), found.facts.size) };
  }

  /** The tree at `path`, without hard links. A symlink there is copied as one. */
  tree(path: string): FileNode {
    return readTree(this.place(path));
  }

  /** The same with hard links as one node, and an identity for each file. */
  scan(path: string, hardLinks: HardLinks): FileNode {
    return readTree(this.place(path), { hardLinks, identify: true });
  }

  /** The tree where the symlink at `path` leads. */
  scanTarget(path: string, hardLinks: HardLinks): FileNode {
    return readTree(this.view.realPath(this.get(path).path), { hardLinks });
  }

  /** A file or folder with its symlinks replaced by their targets, without hard links: what a FAT volume can hold. */
  copy(path: string): FileNode {
    return this.copyBelow(path, [], { left: MOST_COPIED });
  }

  /** `above`: the parent folders, as a link to one of them would never end. `count`: links to links may multiply. */
  private copyBelow(path: string, above: string[], count: { left: number }): FileNode {
    const { path: real, facts } = this.get(path);
    if (count.left-- === 0)
      throw new BootflakeError({
        code: 'build/too-many-files',
        message: `the symlinks of '${above[0]}' lead to more than ${MOST_COPIED} files`,
      });
    if (facts.type !== 'directory') return this.file(path);
    if (above.includes(real))
      throw new BootflakeError({ code: 'build/link-loop', message: `'${path}' leads to '${real}', which it is in` });
    return directory(this.names(path).map((name) => [name, this.copyBelow(`${real}/${name}`, [...above, real], count)]));
  }

  protected missing(path: string): BootflakeError {
    return new BootflakeError({ code: 'io/no-such-file', message: `there is no ${path}` });
  }

  protected notAFile(path: string): BootflakeError {
    return new BootflakeError({ code: 'build/not-a-file', message: `'${path}' is not a file` });
  }

  private follow(path: string, asked = path): ResolvedPath | DeadEnd {
    const end = followInStore(this.view, path);
    // The view makes the error.
    if (!('facts' in end) && end.outside && end.links === 0) this.view.realPath(asked);
    return end;
  }

  /** The physical path of the file itself: symlinks on the way are followed, one at the end is not, unless a slash follows. */
  private place(path: string): string {
    const slash = path.lastIndexOf('/');
    const [folder, name] = [path.slice(0, slash), path.slice(slash + 1)];
    if (['', '.', '..'].includes(name)) return this.view.realPath(this.get(path).path);
    if (folder === STORE_DIR) return this.view.realPath(path);
    const end = this.follow(folder, path);
    if (!('facts' in end)) throw (end.outside ? this.view.notAnInput?.(path, end.path) : undefined) ?? this.missing(path);
    return this.view.realPath(`${end.path}/${name}`);
  }
}
