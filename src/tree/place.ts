import { fileNameFault, shownName } from './file-name.ts';
import { directory, type DirectoryNode, type FileNode } from './file-tree.ts';

/** A path at which nothing can be placed. */
export class BadPath extends RangeError {}

/** The maximum number of a path's parts: the nesting limit of a NAR. Linux accepts a path of 4095 bytes. */
export const MOST_PARTS = 1024;

/** Returns a path's parts, ignoring leading, trailing and doubled slashes. Throws BadPath on "." and "..", and on an invalid name. */
export function pathParts(path: string): string[] {
  const parts = path.split('/').filter(Boolean);
  if (parts.length > MOST_PARTS) throw new BadPath(`${shownName(path)} has ${parts.length} parts, and ${MOST_PARTS} are the most`);
  for (const part of parts) {
    const fault = fileNameFault(part);
    if (fault !== undefined)
      throw new BadPath(part === '.' || part === '..' ? `${shownName(path)} has "." or ".." in it` : `${shownName(part)} in it ${fault}`);
  }
  return parts;
}

/**
 * Places `node` at `path` and makes the directories on the way (mode 0755). A directory is merged into an existing one and sets its mode;
 * anything else in its place is replaced. Throws BadPath when a file is in the way.
 */
export function placeNode(root: DirectoryNode, path: string, node: FileNode): void {
  const parts = pathParts(path);
  const last = parts.pop();
  if (last === undefined) throw new BadPath('the root cannot be replaced');
  const parent = makeDirectories(root, parts, path);
  const present = parent.entries.get(last);
  if (present?.type === 'directory' && node.type === 'directory') {
    present.mode = node.mode;
    present.uid = node.uid;
    present.gid = node.gid;
    for (const [name, child] of node.entries) placeNode(present, name, child);
  } else {
    parent.entries.set(last, node);
  }
}

/**
 * Makes the directory `path` with `mode`, and those above it with 0755. One that is there keeps its mode. Throws BadPath as placeNode does.
 */
export function placeDirectory(root: DirectoryNode, path: string, mode: number): void {
  makeDirectories(root, pathParts(path), path, mode);
}

function makeDirectories(root: DirectoryNode, parts: string[], path: string, lastMode = 0o755): DirectoryNode {
  let at = root;
  for (const [index, part] of parts.entries()) {
    let next = at.entries.get(part);
    if (next === undefined) {
      next = directory([], index === parts.length - 1 ? lastMode : 0o755);
      at.entries.set(part, next);
    }
    if (next.type !== 'directory') throw new BadPath(`${shownName(path)} leads through "${part}", which is a ${next.type}`);
    at = next;
  }
  return at;
}
