import { dirname, resolve } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { fileFacts, makeDirectories, replaceSymlink } from '../io/file-operations.ts';
import { nixBase32Encode } from '../nix-format/base32.ts';
import { digest } from '../nix-format/hash.ts';

/**
 * Points the user's symlink `linkPath` at `target` and registers it in `autoRoots` under the name that Nix gives it: the SHA-1 of its path.
 * The root goes away with the link.
 */
export function addGcRoot(autoRoots: string, linkPath: string, target: string): void {
  const link = resolve(linkPath);
  if (fileFacts(dirname(link)) === undefined) {
    throw new BootflakeError({ code: 'store/no-folder', message: `the result link '${link}' cannot be made: the folder '${dirname(link)}' does not exist` });
  }
  if (!replaceSymlink(target, link)) {
    throw new BootflakeError({
      code: 'store/link-exists', message: `the result link '${link}' cannot be made: something that is no symlink is there`,
      hint: 'Remove or rename it, name another place with -o, or make no link with --no-link.',
    });
  }
  makeDirectories(autoRoots);
  replaceSymlink(link, `${autoRoots}/${nixBase32Encode(digest('sha1', Buffer.from(link, 'utf8')))}`);
}
