/** Tools in a tree of Debian's packages, as `toolTrees` of the distribution makes them. */
import { fileExists } from '../system/file-operations.ts';
import type { Tool } from './tools.ts';

/** Returns the tool in a tree; undefined where the tree lacks it. `tree`: the physical folder that holds `usr`. */
export function toolInTree(tree: string, name: string): Tool | undefined {
  const program = `${tree}/usr/bin/${name}`;
  if (!fileExists(program)) return undefined;
  // Debian's busybox-static needs no other file.
  if (name === 'busybox') return { command: [program], tree };
  const libraries = `${tree}/usr/lib/x86_64-linux-gnu`;
  return { command: [`${libraries}/ld-linux-x86-64.so.2`, '--library-path', libraries, program], tree };
}
