import { formatHash, parseHash } from '../nix-format/hash.ts';
import type { ValidPathInfo } from './store.ts';

/** What `nix-store --load-db` reads, as the file `registration` of nixpkgs' closureInfo: paths whose derivers are not known. */
export function closureRegistration(infos: readonly ValidPathInfo[]): string {
  return infos
    .map(({ path, narHash, narSize, references }) => {
      const hash = formatHash(parseHash(narHash, 'sha256'), 'nix32', true);
      return [path, hash, narSize, '', references.length, ...references].map((line) => `${line}\n`).join('');
    })
    .join('');
}
