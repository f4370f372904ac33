import { Attrs } from '../eval/attrs.ts';
import { makeString } from '../eval/context.ts';
import type { Value } from '../eval/value.ts';
import { encodeBytes } from '../lang/bytes.ts';
import { numberAttr, stringAttr, type InputAttrs } from './scheme/scheme.ts';

/** A store path as the string that depends on it. */
export function storePathString(path: string, storePath = path): Value {
  return makeString(path, new Set([storePath]));
}

/** The set that describes a source tree: `sourceInfo` of a flake, the result of fetchTree. */
export function treeAttrs(storePath: string, attrs: InputAttrs): Attrs {
  const entries: [string, Value][] = [['outPath', storePathString(storePath)]];
  const put = (name: string, value: Value | undefined) => {
    if (value !== undefined) entries.push([name, typeof value === 'string' ? encodeBytes(value) : value]);
  };
  put('narHash', stringAttr(attrs, 'narHash'));
  if (attrs.type === 'git') put('submodules', attrs.submodules === true);
  const rev = stringAttr(attrs, 'rev');
  put('rev', rev);
  put('shortRev', rev?.slice(0, 7));
  put('revCount', numberAttr(attrs, 'revCount'));
  if (attrs.dirtyRev !== undefined) {
    put('dirtyRev', stringAttr(attrs, 'dirtyRev'));
    put('dirtyShortRev', stringAttr(attrs, 'dirtyShortRev'));
  }
  const lastModified = numberAttr(attrs, 'lastModified');
  put('lastModified', lastModified);
  if (lastModified !== undefined) put('lastModifiedDate', new Date(lastModified * 1000).toISOString().slice(0, 19).replace(/[-T:]/g, ''));
  return Attrs.from(entries);
}
