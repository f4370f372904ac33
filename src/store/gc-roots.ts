import { dirname, resolve } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { explainSystemError } from '../base/system-errors.ts';
import { fileFacts, listNames, makeDirectories, readSymlink, removeEntry, replaceSymlink } from '../system/file-operations.ts';
import { nixBase32Encode } from '../nix-format/base32.ts';
import { digest } from '../nix-format/hash.ts';
import { splitStorePath, STORE_DIR } from '../nix-format/store-path.ts';

/**
 * Points the user's symlink `linkPath` at `target` and registers it in `autoRoots` under the name that Nix gives it: the SHA-1 of its path.
 * The root disappears with the link.
 */
export function addGcRoot(autoRoots: string, linkPath: string, target: string): void {
  const link = resolve(linkPath);
  if (fileFacts(dirname(link)) === undefined) {
    throw new BootflakeError({
      code: 'store/no-folder',
      message: `the result link '${link}' cannot be made: the folder '${dirname(link)}' does not exist`,
    });
  }
  if (!pointResult(target, link)) {
    throw new BootflakeError({
      code: 'store/link-exists',
      message: `the result link '${link}' cannot be made: a file that is not a symlink is there`,
      hint: 'Remove or rename it, choose another place with -o, or use --no-link to make no link.',
    });
  }
  registerAutoRoot(autoRoots, link);
}

/** The user chose the link's place, which does not belong to bootflake. */
function pointResult(target: string, link: string): boolean {
  try {
    return replaceSymlink(target, link);
  } catch (error) {
    const explained = explainSystemError(error, []);
    if (explained instanceof BootflakeError)
      explained.hint = [explained.hint, 'Choose another place with -o, or use --no-link to make no link.'].filter(Boolean).join(' ');
    throw explained;
  }
}

/** Registers a user's file with the collector: a symlink into the store, or a disk over an image of the store. */
export function registerAutoRoot(autoRoots: string, file: string): void {
  makeDirectories(autoRoots);
  replaceSymlink(file, `${autoRoots}/${nixBase32Encode(digest('sha1', Buffer.from(file, 'utf8')))}`);
}

export interface GcRoot {
  /** What keeps the path: a link, a disk, a process. */
  link: string;
  /** A store path. */
  path: string;
  /** `link` is a disk that a machine writes to, over an image in the path. */
  isDisk?: boolean;
}

export interface RootSearch {
  /** The folder that holds the store paths. */
  physicalStore: string;
  /** Returns the image that a user's disk is an overlay of. */
  backingOf(file: string): string | undefined;
  /** Called for each root whose link is gone. */
  onStale(link: string): void;
}

/** Returns the roots in a folder of links and its subfolders, as in Nix's `gcroots`. */
export function findRoots(folder: string, search: RootSearch): GcRoot[] {
  return listNames(folder).flatMap((name) => {
    const entry = `${folder}/${name}`;
    const type = fileFacts(entry)?.type;
    if (type === 'directory') return findRoots(entry, search);
    return type === 'symlink' ? rootOf(entry, search) : [];
  });
}

function rootOf(link: string, search: RootSearch): GcRoot[] {
  const target = resolve(dirname(link), readSymlink(link));
  const direct = storePathIn(target, search.physicalStore);
  if (direct !== undefined) return [{ link, path: direct }];
  const facts = fileFacts(target);
  if (facts === undefined) {
    search.onStale(link);
    return [];
  }
  const leadsTo =
    facts.type === 'symlink'
      ? resolve(dirname(target), readSymlink(target))
      : facts.type === 'regular'
        ? search.backingOf(target)
        : undefined;
  const path = leadsTo === undefined ? undefined : storePathIn(leadsTo, search.physicalStore);
  return path === undefined ? [] : [{ link: target, path, ...(facts.type === 'regular' && { isDisk: true }) }];
}

/** Returns the store path that contains a logical or physical path. */
export function storePathIn(path: string, physicalStore: string): string | undefined {
  const logical = path.startsWith(`${physicalStore}/`) ? STORE_DIR + path.slice(physicalStore.length) : path;
  return splitStorePath(logical)?.storePath;
}

/** Removes roots whose links are gone. */
export function removeRoots(links: string[]): void {
  for (const link of links) removeEntry(link);
}
