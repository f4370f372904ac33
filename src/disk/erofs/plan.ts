/**
 * An EROFS made from a file tree, without compression: the superblock, the inodes with the ends of their files behind them, then the whole
 * blocks of files and directories. It is a BlockPlan, so its size is known before the first byte.
 */
import type { ByteSource, DirectoryNode } from '../../tree/file-tree.ts';
import type { BlockPlan } from '../block-plan.ts';
import { bytesSegment, segmentPlan, sourceSegment, type Segment } from '../segments.ts';
import { InodeList, type InodeListOptions, type SpecialFile, type SquashfsInode } from '../squashfs/inode-list.ts';
import { directorySize, divideEntries, encodeDirectory, type ErofsEntry } from './directory.ts';
import { BLOCK, encodeFirstBlock, encodeInode, inodeSize, LAYOUT, MODE, SLOT, type ErofsInode } from './format.ts';
import { MetadataRoom } from './metadata-room.ts';

export interface ErofsOptions extends Pick<InodeListOptions, 'specials'> {
  /** 16 bytes, in the order of a UUID's text. */
  uuid: Uint8Array;
  /** At most 15 bytes. */
  label: string;
  /** Of all files, in seconds since 1970. */
  time: number;
}

interface Entry extends ErofsEntry {
  inode: SquashfsInode;
}

interface Placed {
  inode: SquashfsInode;
  fields: Omit<ErofsInode, 'place'>;
  /** Of the inode, in bytes. */
  at: number;
  /** The first of the whole blocks. */
  block: number;
  /** Bytes behind the inode. */
  tail: number;
  blocks: Entry[][] | undefined;
}

/** Throws `disk/bad-name`, `disk/bad-symlink` and `disk/bad-file` with the path of a file that it cannot hold. */
export function planErofs(root: DirectoryNode, options: ErofsOptions): BlockPlan {
  const list = new InodeList(root, options);
  const room = new MetadataRoom(BLOCK);
  const placed = new Map<SquashfsInode, Placed>();
  // The root first, as its number has 16 bits.
  for (const inode of list.inodes) placed.set(inode, placeInode(inode, list, room, options.time));
  let next = room.end / BLOCK;
  for (const item of placed.values()) {
    const whole = Math.ceil((item.fields.size - item.tail) / BLOCK);
    if (whole === 0) continue;
    item.block = next;
    next += whole;
  }
  const nidOf = (inode: SquashfsInode): number => placed.get(inode)!.at / SLOT;
  const first = encodeFirstBlock({ ...options, rootNid: nidOf(list.root), inodes: list.inodes.length, blocks: next });
  const segments = [bytesSegment(0, first), ...[...placed.values()].flatMap((item) => segmentsOf(item, nidOf))];
  return segmentPlan(
    next * BLOCK,
    segments.filter(({ length }) => length > 0),
  );
}

function placeInode(inode: SquashfsInode, { ids }: InodeList, room: MetadataRoom, time: number): Placed {
  const blocks = inode.entries && divideEntries(entriesOf(inode));
  const size = contentSize(inode, blocks);
  const base = { links: inode.links, size, uid: ids[inode.uid]!, gid: ids[inode.gid]! };
  const own = inodeSize(base);
  // The end of a file that does not fit behind its inode has a block.
  const tail = own + (size % BLOCK) <= BLOCK ? size % BLOCK : 0;
  const layout = tail > 0 ? LAYOUT.inline : LAYOUT.plain;
  const fields = { ...base, layout, mode: MODE[inode.kind] | inode.mode, number: inode.number, time };
  return { inode, fields, at: room.take(own + tail), block: 0, tail, blocks };
}

function entriesOf(inode: SquashfsInode): Entry[] {
  const dots: Entry[] = [
    { name: Buffer.from('.'), kind: 'directory', inode },
    { name: Buffer.from('..'), kind: 'directory', inode: inode.parent! },
  ];
  const entries = inode.entries!.map((entry): Entry => ({ name: entry.name, kind: entry.inode.kind, inode: entry.inode }));
  return [...dots, ...entries].sort((a, b) => Buffer.compare(a.name, b.name));
}

function contentSize({ node }: SquashfsInode, blocks: Entry[][] | undefined): number {
  if (blocks) return directorySize(blocks);
  if (node.type === 'regular') return node.contents.size;
  return node.type === 'symlink' ? Buffer.byteLength(node.target) : 0;
}

/** The inode with the end of its contents, and the whole blocks. */
function segmentsOf({ inode, fields, at, block, tail, blocks }: Placed, nidOf: (inode: SquashfsInode) => number): Segment[] {
  const { node } = inode;
  const place = node.type === 'block' || node.type === 'character' ? deviceNumber(node) : block;
  const head = encodeInode({ ...fields, place });
  const whole = fields.size - tail;
  const room = Math.ceil(whole / BLOCK) * BLOCK;
  if (node.type === 'regular') {
    return [
      bytesSegment(at, head),
      sourceSegment(at + head.length, part(node.contents, whole, tail)),
      sourceSegment(block * BLOCK, part(node.contents, 0, whole), room),
    ];
  }
  const contents = blocks
    ? encodeDirectory(blocks, (entry) => nidOf(entry.inode))
    : Buffer.from(node.type === 'symlink' ? node.target : '');
  return [
    bytesSegment(at, Buffer.concat([head, contents.subarray(whole)])),
    bytesSegment(block * BLOCK, contents.subarray(0, whole), room),
  ];
}

function part(source: ByteSource, start: number, size: number): ByteSource {
  return { size, read: (target, position) => source.read(target, start + position) };
}

/** As Linux packs them: new_encode_dev. */
function deviceNumber({ major = 0, minor = 0 }: SpecialFile): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}
