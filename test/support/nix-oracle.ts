import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const VERSION = /\(Nix\) 2\.34\./;
/** The path of the oracle. */
export const program = process.env.NIX_ORACLE ?? '/tmp/nix-2.34/bin/nix';

function absence(): string | undefined {
  if (!existsSync(program)) return `${program} is not there: set NIX_ORACLE to a nix 2.34`;
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return VERSION.test(stdout) ? undefined : `${program} is not nix 2.34: ${stdout.trim()}`;
}

/** The option of a test that compares with real nix: it is skipped, with the reason, where that is absent or of another version. */
export const withNix = { skip: absence() ?? false };

/** Runs real nix and returns what it printed; a status other than 0 fails the test. */
export function nix(
  args: string[],
  options: { input?: string | Uint8Array; config?: string; env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Buffer {
  const env = { ...process.env, NIX_CONFIG_X: options.config ?? '', ...options.env };
  const result = spawnSync(program, args, { env, cwd: options.cwd, input: options.input, maxBuffer: 64 << 20 });
  assert.equal(result.status, 0, `nix ${args.join(' ')}\n${result.stderr.toString('utf8')}`);
  return result.stdout;
}

/** The same without blocking this process, which may serve what nix asks for; returns text. */
export async function nixAsync(args: string[], config = ''): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { env: { ...process.env, NIX_CONFIG_X: config } });
  return stdout;
}
