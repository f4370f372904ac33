import { encodeBytes } from '../lang/bytes.ts';
import { Attrs } from './attrs.ts';
import { force } from './force.ts';
import type { Forced } from './value.ts';

/**
 * Whether a name of a set may be offered to who wrote a wrong one. In a set of packages (`_type` is "pkgs") a name may stand for a message
 * alone, which says why there is no package: such names are left out. Nothing is evaluated of other sets.
 */
export function isOffered(set: Forced, name: string): boolean {
  if (!(set instanceof Attrs)) return true;
  try {
    const type = set.get('_type');
    const value = set.get(name);
    if (type !== undefined && value !== undefined && force(type) === 'pkgs') force(value);
    return true;
  } catch {
    return false;
  }
}

/** The same for a name that is decoded already. */
export const isOfferedText = (set: Forced, name: string): boolean => isOffered(set, encodeBytes(name));
