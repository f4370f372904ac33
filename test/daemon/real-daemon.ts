/** A real nix-daemon of version 2.34, with a store of its own. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { program } from '../support/nix-oracle.ts';

export interface RealDaemon {
  uri: string;
  /** A program that is `nix-daemon`, and the address of the store for its `--store`. */
  command: string;
  store: string;
}

/** Starts it; it ends with the test. `config`: lines of nix.conf. */
export async function startRealDaemon(t: TestContext, folder: string, config = ''): Promise<RealDaemon> {
  const command = join(folder, 'nix-daemon');
  writeFileSync(command, `#!/bin/sh\nexec '${program}' daemon "$@"\n`);
  chmodSync(command, 0o755);
  const store = `local?root=${folder}/real`;
  const socket = join(folder, 'real-socket');
  const env = { ...process.env, NIX_DAEMON_SOCKET_PATH: socket, NIX_CONFIG_X: config };
  const daemon = spawn(program, ['daemon', '--store', store], { env, stdio: 'ignore' });
  t.after(() => void daemon.kill('SIGKILL'));
  for (let i = 0; !existsSync(socket); i++) {
    if (i > 200) throw new Error('the daemon does not start');
    await sleep(50);
  }
  return { uri: `unix://${socket}`, command, store };
}
