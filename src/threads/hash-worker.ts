/** A thread that computes the NAR hash of one tree and ends; see session/ahead-hash.ts. */
import { workerData } from 'node:worker_threads';
import { aheadControl, STATE, type AheadDigest, type AheadEntries, type AheadThreadData } from '../session/ahead-hash.ts';
import { readTree } from '../system/read-tree.ts';
import { fileTreeSource, narDigest } from '../nix-format/nar-writer.ts';
import type { FileNode } from '../tree/file-tree.ts';

const { tree, refused, control, port } = workerData as AheadThreadData;
const words = aheadControl(control);
const begun = performance.now();

function step(): void {
  words.steps.count();
}

function list(): { node: FileNode; entries: AheadEntries } {
  const entries: AheadEntries = { paths: [], types: [] };
  const node = readTree(tree, {
    filter: (path, type) => {
      const inside = path.slice(tree.length + 1);
      entries.paths.push(inside);
      entries.types.push(type);
      step();
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
          step();
          piece(bytes);
        }),
    },
    node,
  );
  return { ...found, ms: performance.now() - begun };
}

if (words.state.replace(STATE.waiting, STATE.listing)) {
  try {
    const { node, entries } = list();
    port.postMessage(entries);
    words.state.set(STATE.reading);
    port.postMessage(digest(node));
    words.state.set(STATE.done);
  } catch {
    // The caller then reads the tree itself and meets the same fault.
    words.state.set(STATE.failed);
  }
}
