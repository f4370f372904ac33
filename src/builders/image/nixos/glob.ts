/** Shell patterns, `*`, `?` and `[...]`, in the paths of `contents`. */
import { BootflakeError } from '../../../base/errors.ts';
import type { StoreFiles } from './store-files.ts';

/** Returns the paths that match a pattern, sorted. Throws `disk/no-match` when there are none. */
export function expandGlob(files: StoreFiles, pattern: string): string[] {
  let found = [''];
  for (const part of pattern.split('/').filter(Boolean)) {
    found = /[*?[]/.test(part)
      ? found.flatMap((folder) =>
          files
            .names(folder)
            .filter(matcher(part))
            .map((name) => `${folder}/${name}`),
        )
      : found.map((folder) => `${folder}/${part}`);
  }
  // As in a shell: a match of a star may lack the path that follows it.
  found = found.filter((path) => files.names(path.slice(0, path.lastIndexOf('/'))).includes(path.slice(path.lastIndexOf('/') + 1)));
  if (found.length === 0)
    throw new BootflakeError({ code: 'disk/no-match', message: `nothing matches ${pattern}`, hint: 'Check the sources in `contents`.' });
  return found;
}

/** Only a pattern that begins with a dot matches a name that does. */
function matcher(pattern: string): (name: string) => boolean {
  const source = pattern.replace(/\[(!?)([^\]]+)\]|[\\^$.*+?()[\]{}|]/g, (text, not: string | undefined, set: string | undefined) => {
    if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\\\]^]/g, '\\$&')}]`;
    return text === '*' ? '.*' : text === '?' ? '.' : `\\${text}`;
  });
  const expression = new RegExp(`^${source}$`, 's');
  return (name) => expression.test(name) && (pattern.startsWith('.') || !name.startsWith('.'));
}
