/** The environment in which the tests find the evaluator under the name nix-instantiate, with a store of its own. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const shim = fileURLToPath(new URL('nix-instantiate.mjs', import.meta.url));

export function evaluatorEnvironment(scratch: string, program: string): NodeJS.ProcessEnv {
  const bin = join(scratch, 'bin');
  const home = join(scratch, 'home');
  for (const folder of [bin, home]) mkdirSync(folder, { recursive: true });
  const instantiate = join(bin, 'nix-instantiate');
  const env: NodeJS.ProcessEnv = { ...process.env, PATH: `${bin}:${process.env.PATH}`, HOME: home, NO_COLOR: '1', PAGER: 'cat' };
  if (program === 'bootflake') {
    writeFileSync(instantiate, `#!/bin/sh\nexec '${process.execPath}' '${shim}' "$@"\n`);
    chmodSync(instantiate, 0o755);
    return { ...env, XDG_DATA_HOME: join(home, 'data'), XDG_CACHE_HOME: join(home, 'cache') };
  }
  symlinkSync(which(program), instantiate);
  const state = (name: string): string => join(scratch, 'nix', name);
  mkdirSync(state('etc'), { recursive: true });
  return {
    ...env,
    NIX_STORE_DIR: state('store'),
    NIX_STATE_DIR: state('state'),
    NIX_LOCALSTATE_DIR: state('var'),
    NIX_LOG_DIR: state('log'),
    NIX_CONF_DIR: state('etc'),
    NIX_REMOTE: '',
  };
}

function which(program: string): string {
  const found = spawnSync('sh', ['-c', 'readlink -f "$(command -v "$1")"', 'sh', program], { encoding: 'utf8' }).stdout.trim();
  if (found === '') throw new Error(`${program} is not there`);
  return found;
}
