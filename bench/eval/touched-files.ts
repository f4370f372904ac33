import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The files that an evaluation reads, in the order in which Nix reports evaluating them. */
export async function touchedFiles(nixInstantiate: string, file: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const { stderr } = await promisify(execFile)(nixInstantiate, ['--eval', '-vvv', '--store', 'dummy://', file], {
    env,
    maxBuffer: 1 << 28,
  });
  const seen = new Set<string>();
  for (const line of stderr.replace(/\x1b\[[0-9;]*m/g, '').split('\n')) {
    const path = /^evaluating file '(.*)'$/.exec(line)?.[1];
    if (path?.startsWith('/')) seen.add(path);
  }
  return [...seen];
}
