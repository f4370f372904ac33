import fs from 'node:fs';
import { makeDirectories } from '../../system/file-operations.ts';
import type { BuildContext, DerivationContext } from '../builder.ts';

/** Moves the folder of a failed build to `nix/var/nix/builds/nix-build-NAME-N` of the store's root, for the user to look at. */
export function keepFailedBuild({ log }: BuildContext, { drv, folder, store }: DerivationContext): void {
  const from = `${folder}/build`;
  if (!fs.existsSync(from)) return;
  const builds = `${store.root === '/' ? '' : store.root}/nix/var/nix/builds`;
  makeDirectories(builds);
  for (let number = 0; ; number++) {
    const to = `${builds}/nix-build-${drv.name}-${number}`;
    if (fs.existsSync(to)) continue;
    fs.chmodSync(from, 0o755);
    fs.renameSync(from, to);
    log(`note: keeping build directory '${to}'`);
    return;
  }
}
