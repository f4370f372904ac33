import { readTree } from '../system/read-tree.ts';
import { sortedEntries } from '../nix-format/nar-writer.ts';
import type { FileNode, RegularNode } from '../tree/file-tree.ts';

/** Describes the first difference of two trees; "nothing" when they are equal. Paths are relative to the trees' roots. */
export function firstDifference(before: string, after: string): string {
  return compare(readTree(before), readTree(after), '') ?? 'nothing in its files (it was changed after it was registered)';
}

function compare(before: FileNode, after: FileNode, path: string): string | undefined {
  const at = path === '' ? 'the output itself' : `'${path}'`;
  if (before.type !== after.type) return `${at} was a ${before.type}, now it is a ${after.type}`;
  if (before.type === 'symlink') {
    const target = (after as typeof before).target;
    return before.target === target ? undefined : `${at} pointed to '${before.target}', now to '${target}'`;
  }
  if (before.type === 'regular') return compareFiles(before, after as RegularNode, at);
  const others = (after as typeof before).entries;
  const names = new Map([...before.entries, ...others].map(([name]) => [name, name]));
  for (const [, name] of sortedEntries(names)) {
    const [left, right] = [before.entries.get(name), others.get(name)];
    const entryPath = `${path}/${name}`;
    if (!right) return `'${entryPath}' is not there any more`;
    if (!left) return `'${entryPath}' is new`;
    const found = compare(left, right, entryPath);
    if (found) return found;
  }
  return undefined;
}

function compareFiles(before: RegularNode, after: RegularNode, at: string): string | undefined {
  if ((before.mode & 0o100) !== (after.mode & 0o100)) return `${at} ${(after.mode & 0o100) !== 0 ? 'became' : 'is no longer'} executable`;
  const size = Math.min(before.contents.size, after.contents.size);
  const [left, right] = [Buffer.alloc(Math.min(size, 1 << 20)), Buffer.alloc(Math.min(size, 1 << 20))];
  for (let position = 0; position < size; position += left.length) {
    const length = Math.min(left.length, size - position);
    before.contents.read(left.subarray(0, length), position);
    after.contents.read(right.subarray(0, length), position);
    if (left.subarray(0, length).equals(right.subarray(0, length))) continue;
    const offset = left.findIndex((byte, index) => byte !== right[index]);
    return `${at} differs at byte ${position + offset}${sizes(before, after)}`;
  }
  return before.contents.size === after.contents.size ? undefined : `${at} has another length${sizes(before, after)}`;
}

function sizes(before: RegularNode, after: RegularNode): string {
  return before.contents.size === after.contents.size ? '' : ` (${before.contents.size} bytes before, ${after.contents.size} now)`;
}
