import type { FileNode } from '../tree/file-tree.ts';

/** Bytes. A flake is text; a larger one most often contains a forgotten image or result. */
const large = 64 * 2 ** 20;
const mostNamed = 3;

/** Returns a warning about a large source tree that is about to be copied into the store: its largest files, and what to do about them. */
export function largeSourceWarning(tree: FileNode, folder: string, { git }: { git: boolean }): string | undefined {
  const files = [...filesOf(tree, '')].sort((a, b) => b.size - a.size);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  if (total <= large) return undefined;
  const named = files
    .slice(0, mostNamed)
    .filter(({ size }) => size > large / 64)
    .map(({ path, size }) => `${path} (${mebibytes(size)})`);
  const largest = named.length > 0 ? `; the largest files: ${named.join(', ')}` : ` in ${files.length} files`;
  const advice = git
    ? `Run: git rm --cached ${files[0]!.path}  and add it to .gitignore: files that git does not track are not copied.`
    : 'Move them elsewhere, or make the folder a git repository: then only files that git tracks are copied.';
  return (
    `the flake '${folder}' has ${mebibytes(total)} of files, all of which are copied into the store whenever one changes${largest}. ` +
    `${advice}`
  );
}

function* filesOf(node: FileNode, path: string): Generator<{ path: string; size: number }> {
  if (node.type === 'regular') yield { path, size: node.contents.size };
  if (node.type === 'directory') for (const [name, child] of node.entries) yield* filesOf(child, path === '' ? name : `${path}/${name}`);
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 100 * 2 ** 20 ? 1 : 0)} MiB`;
}
