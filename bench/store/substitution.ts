/** Paths from a binary cache on this machine, by HTTP, into new stores. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { addTrees, makeTrees } from './corpus.ts';
import { CLI, compare, NIX } from './compare.ts';

export interface SubstitutionSize {
  paths: number;
  /** Of all paths together, unpacked. */
  bytes: number;
  runs: number;
}

const TARGETS = { zstd: 0.9, xz: 1.2 } as const;

/** `folder`: for the paths and the caches, which are made if they are not there, and for the stores. */
export async function benchSubstitution(
  folder: string,
  compression: keyof typeof TARGETS,
  { paths, bytes, runs }: SubstitutionSize,
): Promise<void> {
  const [trees, source, cache] = [join(folder, 'trees'), join(folder, 'source'), join(folder, compression)];
  const storePaths = addTrees(source, trees, makeTrees(trees, paths, bytes));
  if (!existsSync(join(cache, 'complete'))) {
    const to = `file://${cache}?compression=${compression}&parallel-compression=true`;
    execFileSync(join(NIX, 'nix'), ['copy', '--store', `local?root=${source}`, '--to', to, ...storePaths], { stdio: 'ignore' });
    writeFileSync(join(cache, 'complete'), '');
  }
  const { url, server } = await serve(cache);
  const options = ['--no-link', '--option', 'substituters', url, '--option', 'require-sigs', 'false'];
  // Removed at the end only: ext4 is slow to make files where others were removed within the last seconds.
  const stores = mkdtempSync(join(folder, 'stores-'));
  try {
    await compare({
      what: `substitution of ${paths} paths, ${bytes / 1e6} MB, ${compression}`,
      target: TARGETS[compression],
      runs,
      bootflake(run) {
        const env = { BOOTFLAKE_ROOT: join(stores, `own-${run}`), XDG_CACHE_HOME: join(stores, `own-cache-${run}`) };
        return { command: process.execPath, args: [CLI, 'build', ...options, ...storePaths], env };
      },
      nix(run) {
        const args = ['build', '--store', `local?root=${join(stores, `nix-${run}`)}`, ...options, ...storePaths];
        return { command: join(NIX, 'nix'), args, env: { XDG_CACHE_HOME: join(stores, `nix-cache-${run}`) } };
      },
    });
  } finally {
    server.kill();
    rmSync(stores, { recursive: true, force: true });
  }
}

async function serve(folder: string): Promise<{ url: string; server: ChildProcess }> {
  const server = spawn(process.execPath, ['--import', 'tsx', resolve('bench/store/file-server.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((done) => server.stdout!.once('data', (text: Buffer) => done(text.toString().trim())));
  return { url, server };
}
