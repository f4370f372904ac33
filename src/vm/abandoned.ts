/** Folders that name the process that made them, so that what a killed one left is found. */
import { removeTree } from '../store/physical-tree.ts';
import { listNames } from '../system/file-operations.ts';
import { identityToken, livenessOf, ownIdentity, parseIdentityToken } from '../system/process-identity.ts';

/** Returns the beginning of a name that identifies this process. */
export function ownName(prefix: string): string {
  return `${prefix}${identityToken(ownIdentity())}-`;
}

/** Those of `names` that dead processes have left, which begin with `prefix`. */
export function abandonedNames(names: readonly string[], prefix: string): string[] {
  return names.filter((name) => {
    const identity = name.startsWith(prefix) ? parseIdentityToken(name.slice(prefix.length)) : undefined;
    return identity !== undefined && livenessOf(identity) === 'dead';
  });
}

/** Removes what dead processes have left of names that begin with `prefix`. */
export function removeAbandoned(folder: string, prefix: string): void {
  for (const name of abandonedNames(listNames(folder), prefix)) removeTree(`${folder}/${name}`);
}
