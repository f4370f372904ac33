import type { SearchPathEntry } from '../eval/evaluator.ts';

/** NIX_PATH: entries `prefix=path` or `path`, separated by colons; a colon before `//` belongs to a URL. URLs are not fetched. */
export function parseNixPath(text: string, warn: (message: string) => void): SearchPathEntry[] {
  const entries: SearchPathEntry[] = [];
  for (const part of text.split(/:(?!\/\/)/)) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const entry = equals < 0 ? { prefix: '', path: part } : { prefix: part.slice(0, equals), path: part.slice(equals + 1) };
    if (/^(?:https?|channel|flake):/.test(entry.path)) warn(`the entry '${part}' of NIX_PATH is left out: only files are searched`);
    else entries.push(entry);
  }
  return entries;
}
