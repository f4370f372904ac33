import { rmSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from '../instance.ts';

/** Of a network's sockets, as seen from a machine's folder, in which its programs are started: a socket's address has 107 bytes. */
export function networkFolder(network: string): string {
  return `../../networks/${network}`;
}

/** Removes what a machine whose programs were killed has left in the folders of its networks. */
export function leaveNetworks({ name, folder }: Pick<Instance, 'name' | 'folder'>, networks: readonly string[]): void {
  for (const network of networks) {
    const sockets = join(folder, networkFolder(network));
    rmSync(join(sockets, `${name}.sock`), { force: true });
    try {
      rmdirSync(sockets);
    } catch {
      // Other machines are on it.
    }
  }
}
