/** The search path of `<name>`: NIX_PATH and `-I`, and where its entries lead. */
import { isAbsolute, resolve } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { decodeBytes, encodeBytes, type SearchPathEntry } from '../evaluator/index.ts';
import { channelUrl } from '../fetch/channel.ts';
import { parseFlakeRef, type FlakeRef } from '../flake/ref.ts';

/** `prefix=path` or `path`, as -I takes it. Bytes. */
export function parseSearchPathEntry(text: string): SearchPathEntry {
  const equals = text.indexOf('=');
  return equals < 0 ? { prefix: '', path: text } : { prefix: text.slice(0, equals), path: text.slice(equals + 1) };
}

/** NIX_PATH: entries separated by colons; a colon before `//`, and that of `channel:` and `flake:`, belongs to the entry. */
export function parseNixPath(text: string): SearchPathEntry[] {
  return text
    .split(/(?<!(?:^|=|:)(?:channel|flake)):(?!\/\/)/)
    .filter((part) => part !== '')
    .map(parseSearchPathEntry);
}

/** Returns where an entry's path leads: a file or folder beside `baseDir`, or what is fetched for `flake:`, `channel:` and `https:`. */
export function searchPathLocator(
  baseDir: string,
  fetch: (ref: FlakeRef) => string,
  warn: (message: string) => void,
): (path: string) => string | undefined {
  const located = new Map<string, string | undefined>();
  return (path) => {
    if (!located.has(path)) located.set(path, locate(decodeBytes(path), baseDir, fetch, warn));
    return located.get(path);
  };
}

function locate(path: string, baseDir: string, fetch: (ref: FlakeRef) => string, warn: (message: string) => void): string | undefined {
  const ref = remoteReference(path);
  if (ref === undefined) return encodeBytes(isAbsolute(path) ? path : resolve(baseDir, path));
  try {
    return encodeBytes(fetch(ref));
  } catch (error) {
    if (!(error instanceof BootflakeError)) throw error;
    // As with Nix, an unavailable entry is skipped.
    warn(`the entry '${path}' of the search path is skipped: ${error.message}`);
    return undefined;
  }
}

function remoteReference(path: string): FlakeRef | undefined {
  if (path.startsWith('flake:')) return parseFlakeRef(path.slice('flake:'.length));
  const url = channelUrl(path);
  return /^(?:https?|file):\/\//.test(url) ? { input: { type: 'tarball', url }, subdir: '' } : undefined;
}
