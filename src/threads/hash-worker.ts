/** A thread that computes the NAR hash of one tree and ends; see session/ahead-hash.ts. */
import { workerData } from 'node:worker_threads';
import type { AheadDigest, AheadEntries, AheadMessage, AheadThreadData } from '../session/ahead-hash.ts';
import { joinChannel } from '../system/blocking-channel.ts';
import { readTree } from '../system/read-tree.ts';
import { fileTreeSource, narDigest } from '../nix-format/nar-writer.ts';
import type { FileNode } from '../tree/file-tree.ts';

const { tree, refused, channel: end } = workerData as AheadThreadData;
const channel = joinChannel<never, AheadMessage>(end);
const begun = performance.now();

function list(): { node: FileNode; entries: AheadEntries } {
  const entries: AheadEntries = { paths: [], types: [] };
  const node = readTree(tree, {
    filter: (path, type) => {
      const inside = path.slice(tree.length + 1);
      entries.paths.push(inside);
      entries.types.push(type);
      channel.step();
      return !refused.has(inside);
    },
  });
  return { node, entries };
}

function digest(node: FileNode): AheadDigest {
  const found = narDigest(
    {
      ...fileTreeSource,
      read: (file, piece) =>
        fileTreeSource.read(file, (bytes) => {
          channel.step();
          piece(bytes);
        }),
    },
    node,
  );
  return { ...found, ms: performance.now() - begun };
}

channel.send('begun');
try {
  const { node, entries } = list();
  channel.send(entries);
  channel.send(digest(node));
} catch (error) {
  channel.sendError(error);
}
