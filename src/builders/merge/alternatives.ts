import { BootflakeError } from '../../base/errors.ts';
import { isFileName } from '../../tree/file-name.ts';
import { directory, symlink, type DirectoryNode } from '../../tree/file-tree.ts';
import { attributeError, isAttributes } from '../attributes.ts';

/**
 * Adds the links that update-alternatives would have made: `{ "/usr/bin/editor": "/usr/bin/vim.basic" }`. A link that a package ships
 * stays.
 */
export function addAlternatives(root: DirectoryNode, alternatives: unknown): void {
  if (!isAttributes(alternatives)) throw attributeError('alternatives', 'a set of links and their targets', alternatives);
  for (const [link, target] of Object.entries(alternatives)) {
    if (typeof target !== 'string' || !isLink(link))
      throw attributeError(`alternatives.${link}`, 'the target of a link below /usr', target);
    const names = link.slice(1).split('/');
    const last = names.pop() as string;
    let folder = root;
    for (const name of names) {
      const next = folder.entries.get(name) ?? directory([], 0o555);
      if (next.type !== 'directory')
        throw new BootflakeError({
          code: 'debian/bad-alternative',
          message: `the alternative ${link} is below ${name}, which is not a directory`,
        });
      folder.entries.set(name, next);
      folder = next;
    }
    if (!folder.entries.has(last)) folder.entries.set(last, symlink(target));
  }
}

function isLink(path: string): boolean {
  return path.startsWith('/usr/') && path.slice(1).split('/').every(isFileName);
}
