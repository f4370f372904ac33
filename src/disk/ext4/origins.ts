/** Where the contents of files are that another image may have too. */
import { createHash } from 'node:crypto';
import type { Origin } from '../block-plan.ts';
import { BLOCK_SIZE } from './constants.ts';
import type { Ext4Layout } from './layout.ts';

/** Of the data of each parcel's files that a ByteSource identifies. Ascending. */
export function parcelOrigins({ parcels }: Ext4Layout): Origin[] {
  return parcels.flatMap(({ inodes }) => originsOf(inodes)).sort((a, b) => a.start - b.start);
}

function originsOf(inodes: Ext4Layout['inodes']): Origin[] {
  const origins: Origin[] = [];
  let offset = 0;
  let identities = '';
  for (const { node, runs } of inodes) {
    const identity = node.type === 'regular' ? node.contents.identity : undefined;
    if (node.type !== 'regular' || identity === undefined) continue;
    identities += `${identity} ${node.contents.size}\n`;
    for (const run of runs) {
      const [start, length] = [run.start * BLOCK_SIZE, run.length * BLOCK_SIZE];
      const last = origins.at(-1);
      if (last && last.start + last.length === start) last.length += length;
      else origins.push({ key: '', offset, start, length });
      offset += length;
    }
  }
  const key = createHash('sha256').update(identities).digest('base64');
  for (const origin of origins) origin.key = key;
  return origins;
}
