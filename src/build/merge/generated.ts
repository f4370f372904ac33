/** What maintainer scripts and triggers would have generated below /usr and /etc: each maker is a pure function of the merged tree. */
import { directory, file, type DirectoryNode } from '../../tree/file-tree.ts';

/** Makes some files from the merged tree; answers their paths, without a slash at the beginning, and bytes. */
export type Generator = (root: DirectoryNode) => Map<string, Uint8Array> | Promise<Map<string, Uint8Array>>;

const generators: (() => Promise<Generator>)[] = [];

export async function addGenerated(root: DirectoryNode): Promise<void> {
  for (const load of generators) {
    const generate = await load();
    for (const [path, bytes] of await generate(root)) place(root, path, bytes);
  }
}

function place(root: DirectoryNode, path: string, bytes: Uint8Array): void {
  const names = path.split('/');
  const last = names.pop() as string;
  let folder = root;
  for (const name of names) {
    const next = folder.entries.get(name);
    if (next?.type === 'directory') folder = next;
    else {
      const made = directory([], 0o555);
      folder.entries.set(name, made);
      folder = made;
    }
  }
  folder.entries.set(last, file(bytes, 0o444));
}
