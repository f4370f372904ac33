/**
 * Parcels: what is placed as one. A hash of a parcel's name decides on its place, so that a change of one parcel leaves the inodes and
 * blocks of the others where they are. Small parcels share boxes: each box begins at a cluster of the image's format, of which a part would
 * otherwise be lost for every parcel. Small ones that change with every line of a configuration are behind all others, as the clusters of
 * an image's file are in the order of the disk: if there is one more, those behind it move.
 */
import type { FileNode } from '../../tree/file-tree.ts';
import { crc32c } from '../crc32c.ts';

export interface Parcel {
  /** Decides on the place. A new version of something should have the same. */
  name: string;
  /** Different in all parcels of a file system; orders those of one name. */
  path: string;
  /** It is the same in most versions of the machine. */
  isPackage: boolean;
}

/** By the nodes of a tree. What is below a directory belongs to the directory's parcel, unless it has its own. */
export type Parcels = ReadonlyMap<FileNode, Parcel>;

/** Parcels whose regions follow one another. */
export interface Box<Member> {
  /** Where it should begin, as a fraction of the area. */
  home: number;
  members: Member[];
  size: number;
}

interface Sized {
  parcel: Parcel | undefined;
  size: number;
}

interface BoxRules {
  /** Parcels of at least this size have a box of their own. */
  large: number;
  /** Parcels below this size that are no packages are in the last box. */
  small: number;
  /** Boxes for all others. */
  boxes: number;
}

/** Orders by size before anything else, so that what is small makes way for what is large; by its magnitude, as sizes change a little. */
const magnitude = (size: number): number => (size === 0 ? -1 : Math.floor(Math.log2(size)));

function hashOf(text: string): number {
  return crc32c(~0, Buffer.from(text, 'utf8')) >>> 0;
}

/** Returns boxes in the order in which they should be placed; what has no parcel comes first. */
export function boxUp<Member extends Sized>(all: Member[], { large, small, boxes }: BoxRules): Box<Member>[] {
  const ranked = all.map((member) => {
    const { parcel, size } = member;
    const hash = parcel === undefined ? 0 : hashOf(parcel.name);
    const number = Math.floor((hash / 2 ** 32) * boxes);
    if (parcel === undefined) return { member, hash, box: 'first', home: 0 };
    if (size >= large) return { member, hash, box: parcel.path, home: hash / 2 ** 32 };
    return size < small && !parcel.isPackage ? { member, hash, box: 'last', home: 1 } : { member, hash, box: number, home: number / boxes };
  });
  ranked.sort(
    (a, b) =>
      magnitude(b.member.size) - magnitude(a.member.size) ||
      a.hash - b.hash ||
      compare(a.member.parcel?.path ?? '', b.member.parcel?.path ?? ''),
  );
  const found = new Map<string | number, Box<Member>>();
  for (const { member, box: key, home } of ranked) {
    const box = found.get(key) ?? { home, members: [], size: 0 };
    box.members.push(member);
    box.size += member.size;
    found.set(key, box);
  }
  const rank = ({ members: [first] }: Box<Member>): number => (first!.parcel === undefined ? 0 : 1);
  return [...found.values()].sort((a, b) => rank(a) - rank(b) || magnitude(b.size) - magnitude(a.size) || a.home - b.home);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
