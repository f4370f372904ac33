/** The journal: https://docs.kernel.org/filesystems/ext4/journal.html . It is empty, so only its superblock is written. */
import { BLOCK_SIZE } from './constants.ts';

/** Returns the number of journal blocks for a file system of `blocks` blocks, as mke2fs chooses; 0 if it is too small for a journal. */
export function journalBlocks(fsBlocks: number): number {
  const steps: [number, number][] = [
    [2048, 0],
    [32768, 1024],
    [256 * 1024, 4096],
    [512 * 1024, 8192],
    [4096 * 1024, 16384],
    [8192 * 1024, 32768],
    [16384 * 1024, 65536],
    [32768 * 1024, 131072],
  ];
  return steps.find(([below]) => fsBlocks < below)?.[1] ?? 262144;
}

/** jbd2's superblock, version 2; big-endian like the whole journal. */
export function encodeJournalSuperblock(blocks: number, uuid: Uint8Array): Buffer {
  const b = Buffer.alloc(BLOCK_SIZE);
  b.writeUInt32BE(0xc03b3998, 0x0); // h_magic
  b.writeUInt32BE(4, 0x4); // h_blocktype: superblock v2
  b.writeUInt32BE(BLOCK_SIZE, 0xc); // s_blocksize
  b.writeUInt32BE(blocks, 0x10); // s_maxlen
  b.writeUInt32BE(1, 0x14); // s_first
  b.writeUInt32BE(1, 0x18); // s_sequence; s_start 0: nothing to replay
  b.set(uuid, 0x30); // s_uuid
  b.writeUInt32BE(1, 0x40); // s_nr_users
  return b;
}
