/** A real sshd on loopback, for the user who runs the tests, with a home of its own; its hosts' keys and ours are made for it. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { findOnPath } from '../../src/system/machine-facts.ts';
import { sleep } from '../../src/system/sleep.ts';
import { scratchFolder } from './scratch-folder.ts';

export const sshd = findOnPath('sshd', `${process.env.PATH}:/usr/sbin:/usr/local/sbin`);

export interface SshServer {
  /** For `--host`. */
  address: string;
  port: number;
  /** The user's home there. */
  home: string;
  /** For programs that are to reach it: NIX_SSHOPTS. */
  env: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

export interface SshServerOptions {
  /** Lines of its sshd_config. */
  settings?: string[];
  /** Lines of the client's ssh_config, such as a ProxyCommand. */
  clientSettings?: string[];
  /** Its PATH. Defaults to ours. */
  path?: string;
  /** For its files. Defaults to one that is removed when the test ends. */
  folder?: string;
  /** The user's home there. Defaults to a new one. */
  home?: string;
}

/** Requires `sshd`. */
export async function startSshServer({
  settings = [],
  clientSettings = [],
  path = process.env.PATH,
  folder = scratchFolder(),
  home = join(folder, 'home'),
}: SshServerOptions = {}): Promise<SshServer> {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const file = (name: string) => join(folder, name);
  for (const key of ['host-key', 'user-key']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(key)]);
  writeFileSync(file('authorized_keys'), readFileSync(file('user-key.pub')), { mode: 0o600 });
  const port = await freePort();
  writeFileSync(
    file('sshd_config'),
    [
      'ListenAddress 127.0.0.1',
      `Port ${port}`,
      `HostKey ${file('host-key')}`,
      `AuthorizedKeysFile ${file('authorized_keys')}`,
      `PidFile ${file('sshd.pid')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'Subsystem sftp internal-sftp',
      // A home of its own: the user's is not to be touched.
      `SetEnv "HOME=${home.replaceAll(/[\\"]/g, '\\$&')}" PATH=${path} XDG_STATE_HOME= XDG_CONFIG_HOME= XDG_RUNTIME_DIR=`,
      ...settings,
      '',
    ].join('\n'),
  );
  writeFileSync(file('known_hosts'), `[127.0.0.1]:${port} ${readFileSync(file('host-key.pub'), 'utf8')}`);
  writeFileSync(
    file('ssh_config'),
    [
      'Host *',
      `IdentityFile ${file('user-key')}`,
      'IdentitiesOnly yes',
      `UserKnownHostsFile ${file('known_hosts')}`,
      'StrictHostKeyChecking yes',
      'BatchMode yes',
      ...clientSettings,
      '',
    ].join('\n'),
  );
  for (const key of ['host-key', 'user-key']) chmodSync(file(key), 0o600);
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const child = spawn(sshd!, ['-D', '-e', '-f', file('sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4000);
  });
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  for (let tries = 0; !/Server listening/.test(log); tries++) {
    if (tries > 200 || child.exitCode !== null) throw new Error(`sshd did not start: ${log}`);
    await sleep(20);
  }
  return {
    address: `ssh://${userInfo().username}@127.0.0.1:${port}`,
    port,
    home,
    env: { ...process.env, NIX_SSHOPTS: `-F ${file('ssh_config')}` },
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
