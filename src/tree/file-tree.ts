/**
 * FileTree: a directory tree in memory whose file contents may stay on disk.
 * It connects the halves of bootflake: the Nix half makes trees, the disk half writes them.
 *
 * Two directory entries that hold the same node object are one inode (a hard link); the tree is a DAG, never a cycle.
 * Times are not kept: every writer uses one time for all nodes. Names and targets are text; bytes that are not UTF-8 are encoded as in
 * byte-name.ts, which the store supports and an image does not.
 */
export type FileNode = DirectoryNode | RegularNode | SymlinkNode;

export interface Ownership {
  /** Permission bits, 0 to 0o7777. */
  mode: number;
  uid: number;
  gid: number;
}

export interface DirectoryNode extends Ownership {
  type: 'directory';
  entries: Map<string, FileNode>;
}

export interface RegularNode extends Ownership {
  type: 'regular';
  contents: ByteSource;
}

export interface SymlinkNode extends Ownership {
  type: 'symlink';
  target: string;
}

/** Random access to bytes in memory or in a file. Reads are synchronous; `io` has the implementation for files. */
export interface ByteSource {
  /** In bytes. */
  readonly size: number;
  /** Fills `target` from `position`; `position + target.length` must not pass `size`. */
  read(target: Uint8Array, position: number): void;
  /** Sources of one identity and size have the same bytes. It says nothing outside of this machine. */
  readonly identity?: string | undefined;
  /** All bytes, if they are in memory anyway. */
  readonly bytes?: Uint8Array;
}

/** Bytes in memory as a ByteSource. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    bytes,
    read(target, position) {
      target.set(bytes.subarray(position, position + target.length));
    },
  };
}

export function directory(entries: Iterable<[string, FileNode]> = [], mode = 0o755): DirectoryNode {
  return { type: 'directory', mode, uid: 0, gid: 0, entries: new Map(entries) };
}

export function file(contents: ByteSource | Uint8Array | string, mode = 0o644): RegularNode {
  const source =
    typeof contents === 'string'
      ? bytesSource(new TextEncoder().encode(contents))
      : contents instanceof Uint8Array
        ? bytesSource(contents)
        : contents;
  return { type: 'regular', mode, uid: 0, gid: 0, contents: source };
}

export function symlink(target: string): SymlinkNode {
  return { type: 'symlink', mode: 0o777, uid: 0, gid: 0, target };
}
