/** One tree packed and hashed into an archive, and unpacked from it, without compression. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addTrees, makeTrees } from './corpus.ts';
import { CLI, compare, NIX, type Work } from './compare.ts';

const TARGET = 1;

/** A path of `bytes` bytes is written into a cache in a folder, and read from one into a new store. */
export async function benchArchives(folder: string, { bytes, runs }: { bytes: number; runs: number }): Promise<void> {
  const [trees, source, cache] = [join(folder, 'one-tree'), join(folder, 'one-source'), join(folder, 'one-cache')];
  const [path = ''] = addTrees(source, trees, makeTrees(trees, 1, bytes));
  const nix = (...args: string[]) => ({ command: join(NIX, 'nix'), args });
  if (!existsSync(join(cache, 'complete'))) {
    execFileSync(join(NIX, 'nix'), ['copy', '--store', `local?root=${source}`, '--to', plainCache(cache), path], { stdio: 'ignore' });
    writeFileSync(join(cache, 'complete'), '');
  }
  const size = `${bytes / 1e6} MB`;
  // Removed at the end only: ext4 is slow to make files where others were removed within the last seconds.
  const made = mkdtempSync(join(folder, 'archives-'));
  const own = (root: string, ...args: string[]) => ({ command: process.execPath, args: [CLI, ...args], env: { BOOTFLAKE_ROOT: root } });
  const fromCache = ['--no-check-sigs', '--from', `file://${cache}`, path];
  try {
    await compare({
      what: `an archive of ${size} unpacked`,
      target: TARGET,
      runs,
      bootflake: (run) => own(join(made, `own-${run}`), 'copy', ...fromCache),
      nix: (run) => nix('copy', ...fromCache, '--to', `local?root=${join(made, `nix-${run}`)}`),
    });
    await compare({
      what: `a path of ${size} packed, hashed and compared, into a cache`,
      target: TARGET,
      runs,
      bootflake: (run) => own(join(made, 'own-0'), 'copy', '--to', plainCache(join(made, `own-cache-${run}`)), path),
      nix: (run) => nix('copy', '--store', `local?root=${join(made, 'nix-0')}`, '--to', plainCache(join(made, `nix-cache-${run}`)), path),
    });
    await compare({
      what: `a tree of ${size} packed to standard output`,
      target: TARGET,
      runs,
      bootflake: () => silent(own(join(made, 'own-0'), 'nar', 'pack', join(trees, 'tree-0'))),
      nix: () => silent(nix('nar', 'pack', join(trees, 'tree-0'))),
    });
  } finally {
    execFileSync('chmod', ['-R', 'u+w', made]);
    rmSync(made, { recursive: true, force: true });
  }
}

function silent({ command, args, ...rest }: Work): Work {
  return { command: '/bin/sh', args: ['-c', 'exec "$@" >/dev/null', 'sh', command, ...args], ...rest };
}

function plainCache(folder: string): string {
  return `file://${folder}?compression=none`;
}
