/** A cpio archive of files that stay on disk until they are written, in the format of newc.ts. */
import { BootflakeError } from '../../base/errors.ts';
import { shownName } from '../../tree/file-name.ts';
import type { DirectoryNode, FileNode } from '../../tree/file-tree.ts';
import type { BlockPlan } from '../block-plan.ts';
import { bytesSegment, segmentPlan, sourceSegment, type Segment } from '../segments.ts';
import { dataSize, entryHead, TRAILER } from './newc.ts';

/** Of an entry's size, in 32 bits. */
const MOST_BYTES = 2 ** 32 - 1;

/** The entries of `encodeCpio`, without one for the root. Throws `disk/bad-file` with the path of a file that is too large. */
export function planCpio(root: DirectoryNode): BlockPlan {
  const segments: Segment[] = [];
  let end = 0;
  let inode = 0;
  const add = (path: string, node: FileNode | undefined): void => {
    const size = dataSize(node);
    if (size > MOST_BYTES)
      throw new BootflakeError({
        code: 'disk/bad-file',
        message: `an initrd cannot hold ${shownName(path)}: it has ${size} bytes, and ${MOST_BYTES} are the most`,
      });
    const head = entryHead(path, node, inode++);
    segments.push(bytesSegment(end, head));
    end += head.length;
    const length = Math.ceil(size / 4) * 4;
    if (node?.type === 'regular' && size > 0) segments.push(sourceSegment(end, node.contents, length));
    if (node?.type === 'symlink') segments.push(bytesSegment(end, Buffer.from(node.target), length));
    end += length;
  };
  const visit = (node: DirectoryNode, prefix: string): void => {
    for (const [name, child] of [...node.entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
      add(prefix + name, child);
      if (child.type === 'directory') visit(child, `${prefix}${name}/`);
    }
  };
  visit(root, '');
  add(TRAILER, undefined);
  return segmentPlan(end, segments);
}
