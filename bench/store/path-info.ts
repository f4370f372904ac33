/** The facts of many valid paths as JSON. */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLI, compare, NIX } from './compare.ts';

/** `paths` small texts are added to a store of each, by an evaluation, and queried by their names. */
export async function benchPathInfo(folder: string, { paths, runs }: { paths: number; runs: number }): Promise<void> {
  const [own, theirs] = [join(folder, 'info-own'), join(folder, 'info-nix')];
  const expression =
    `builtins.concatStringsSep " " (builtins.genList (i: builtins.unsafeDiscardStringContext (builtins.toFile "text-\${toString i}" ` +
    `"text \${toString i}")) ${paths})`;
  const evaluate = ['eval', '--impure', '--raw', '--expr', expression];
  const options = { encoding: 'utf8', maxBuffer: 1 << 28 } as const;
  const env = { ...process.env, BOOTFLAKE_ROOT: own };
  const names = execFileSync(process.execPath, [CLI, ...evaluate], { ...options, env }).split(' ');
  if (!existsSync(join(theirs, 'complete'))) {
    execFileSync(join(NIX, 'nix'), [...evaluate, '--store', `local?root=${theirs}`], options);
    writeFileSync(join(theirs, 'complete'), '');
  }
  await compare({
    what: `path-info --json of ${paths} paths`,
    target: 1,
    runs,
    bootflake: () => ({ command: process.execPath, args: [CLI, 'path-info', '--json', ...names], env: { BOOTFLAKE_ROOT: own } }),
    nix: () => ({ command: join(NIX, 'nix'), args: ['path-info', '--json', '--store', `local?root=${theirs}`, ...names] }),
  });
}
