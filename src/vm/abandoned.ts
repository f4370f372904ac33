/** Folders that name the process that made them, so that what a killed one left is found. */
import { removeTree } from '../store/physical-tree.ts';
import { listNames } from '../system/file-operations.ts';
import { identityToken, livenessOf, ownIdentity, parseIdentityToken } from '../system/process-identity.ts';

/** Returns the beginning of a name that identifies this process. */
export function ownName(prefix: string): string {
  return `${prefix}${identityToken(ownIdentity())}-`;
}

/** Removes what dead processes have left of names that begin with `prefix`. */
export function removeAbandoned(folder: string, prefix: string): void {
  for (const name of listNames(folder)) {
    const identity = name.startsWith(prefix) ? parseIdentityToken(name.slice(prefix.length)) : undefined;
    if (identity && livenessOf(identity) === 'dead') removeTree(`${folder}/${name}`);
  }
}
