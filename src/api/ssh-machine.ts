/**
 * `bootflake vm ssh`: the user's own ssh, to a machine whose port for commands is used to make that work: the machine's own key is put into
 * the user's authorized_keys, the host keys are read, and a port of this host is forwarded. So nothing has to be trusted at first sight.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import type { Instance } from '../instances/instance.ts';
import { instanceFiles as files } from '../instances/launch-script.ts';
import { removeTree } from '../store/physical-tree.ts';
import { atExit } from '../system/at-exit.ts';
import { makePrivateFolder } from '../system/file-operations.ts';
import { readImageFacts } from '../vm/image-facts.ts';
import { instancesOf, type MachineContext } from './instances.ts';
import { forwardPorts } from './machine-guest.ts';

export interface SshRequest {
  name: string;
  /** Defaults to the first normal user of the image, else root. */
  user?: string | undefined;
  /** The command; none for a login. */
  words: string[];
  /** Milliseconds to wait for a machine that is booting. */
  timeout: number;
}

/** Bytes of host keys that a guest may send. */
const mostKeys = 65_536;
/** Statuses of the script, for what it lacks. */
const lacks = { server: 90, user: 91, keys: 92 } as const;
/** Runs in the guest: $1 is the user, $2 a line of authorized_keys. Prints the host keys. */
const script = `
[ -x /usr/sbin/sshd ] && [ -e /etc/ssh/sshd_config ] || exit ${lacks.server}
getent passwd "$1" > /dev/null || exit ${lacks.user}
systemctl start sshd-keygen.service 2> /dev/null
cat /etc/ssh/ssh_host_*_key.pub 2> /dev/null || exit ${lacks.keys}
# As the user, who may have put a link anywhere.
exec runuser -u "$1" -- sh -c '
  cd && umask 077 && mkdir -p .ssh && touch .ssh/authorized_keys || exit 1
  grep -qxF "$1" .ssh/authorized_keys || echo "$1" >> .ssh/authorized_keys
' sh "$2"
`;

/**
 * Returns the exit status of ssh, which has the terminal. Throws `instance/no-sshd`, `instance/no-user`, `instance/no-ssh`,
 * `instance/not-running`, `vm/guest-silent`.
 */
export async function sshToMachine(context: MachineContext, request: SshRequest): Promise<number> {
  const instance = await instancesOf(context).get(request.name);
  await instance.requireRunning();
  const env = context.env ?? process.env;
  const user = request.user ?? (await firstUser(instance)) ?? 'root';
  // The machine's own on this host; of another host, copies that are removed afterwards.
  const folder = context.host ? makePrivateFolder(join(tmpdir(), 'bootflake-vm-ssh-')) : undefined;
  const file = (name: string) => (folder === undefined ? instance.file(name) : join(folder, name));
  const cancel = atExit(() => folder !== undefined && removeTree(folder));
  try {
    const publicKey = await ensureKey(instance, file(files.sshKey), env);
    const hostKeys = await prepareGuest(context, instance, { user, publicKey, timeout: request.timeout });
    const { address, port } = await forwardedPort(context, instance);
    writeFileSync(file(files.knownHosts), hostKeys.map((key) => `[${address}]:${port} ${key}\n`).join(''), { mode: 0o600 });
    const options = {
      IdentityFile: file(files.sshKey),
      IdentitiesOnly: 'yes',
      UserKnownHostsFile: file(files.knownHosts),
      GlobalKnownHostsFile: '/dev/null',
      StrictHostKeyChecking: 'yes',
      Port: String(port),
      LogLevel: 'ERROR',
    };
    const args = [
      // Quoted as in ssh_config: a path may have blanks.
      ...Object.entries(options).flatMap(([key, value]) => ['-o', `${key}="${value.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`]),
      ...(context.host ? ['-o', `ProxyCommand=${context.host.host.session.proxyCommand(address, port).replaceAll('%', '%%')}`] : []),
      ...['-l', user],
      ...['--', address],
      ...request.words,
    ];
    return await runSsh(args, env);
  } finally {
    cancel();
    if (folder !== undefined) removeTree(folder);
  }
}

/** The image's first normal user. */
async function firstUser(instance: Instance): Promise<string | undefined> {
  const { image, user } = await instance.manifest();
  return user ?? (instance.host.address === undefined ? readImageFacts(image).users?.[0] : undefined);
}

/** The machine's own key, which is made when it is first needed; `file`: where ssh finds it here. Returns the line of authorized_keys. */
async function ensureKey(instance: Instance, file: string, env: NodeJS.ProcessEnv): Promise<string> {
  const [key, publicKey] = [await instance.text(files.sshKey), await instance.text(`${files.sshKey}.pub`)];
  if (key !== undefined && publicKey !== undefined) {
    if (!existsSync(file)) writeFileSync(file, key, { mode: 0o600 });
    return publicKey.trim();
  }
  const made = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', `bootflake-${instance.name}`, '-f', file], {
    env,
    input: 'y\n',
    encoding: 'utf8',
  });
  if (made.error) throw noSsh('ssh-keygen');
  if (made.status !== 0) throw new BootflakeError({ code: 'instance/no-ssh', message: `ssh-keygen failed: ${made.stderr.trim()}` });
  const line = readFileSync(`${file}.pub`, 'utf8');
  if (instance.host.address !== undefined) {
    await instance.writeText(files.sshKey, readFileSync(file, 'latin1'));
    await instance.writeText(`${files.sshKey}.pub`, line);
  }
  return line.trim();
}

async function prepareGuest(
  { signal }: MachineContext,
  instance: Instance,
  { user, publicKey, timeout }: { user: string; publicKey: string; timeout: number },
): Promise<string[]> {
  let output = '';
  const { status } = await instance.runInGuest(['sh', '-c', script, 'sh', user, publicKey], {
    timeout,
    patience: timeout,
    signal,
    onOutput: (bytes) => {
      output = (output + Buffer.from(bytes).toString('latin1')).slice(0, mostKeys);
    },
  });
  if (status === lacks.server) throw noServer(instance);
  if (status === lacks.user) throw noUser(instance, user);
  const keys = hostKeysIn(output);
  if (status !== 0 || keys.length === 0) throw noKeys(instance, status);
  return keys;
}

/** The public keys in what a guest sent, without their comments: nothing else of it becomes a line of known_hosts. */
export function hostKeysIn(text: string): string[] {
  const line = /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d{3}) [A-Za-z0-9+/]{40,4000}={0,2}(?= |$)/;
  return text
    .split('\n')
    .flatMap((each) => line.exec(each)?.[0] ?? [])
    .slice(0, 16);
}

/** A port of this host that leads to the guest's port 22: one of the machine's own, else a free one until the machine ends. */
async function forwardedPort(context: MachineContext, instance: Instance): Promise<{ address: string; port: number }> {
  const own = (await instance.manifest()).forwards.find(({ guest, protocol }) => guest === 22 && protocol === 'tcp');
  if (own) return { address: own.address === '0.0.0.0' ? '127.0.0.1' : own.address, port: own.host };
  const address = '127.0.0.1';
  // Of this run of the machine: its forwards end with it.
  const running = ((await instance.text(files.running)) ?? '').trim();
  const noted = /^(\d{1,5}) (.+)\n$/.exec((await instance.text(files.sshPort)) ?? '');
  if (noted?.[2] === running) return { address, port: Number(noted[1]) };
  // Ports of another host are not known: the first that qemu can have.
  const forward = (port: number) => forwardPorts(context, instance.name, { add: [`${address}:${port}:22`], remove: [] });
  let port = context.host ? 20_000 + randomInt(30_000) : await freePort(address);
  for (let tries = 0; ; tries++) {
    try {
      await forward(port);
      break;
    } catch (error) {
      if (!context.host || tries > 20 || !(error instanceof BootflakeError && error.code === 'instance/forward-failed')) throw error;
      port = 20_000 + randomInt(30_000);
    }
  }
  await instance.writeText(files.sshPort, `${port} ${running}\n`);
  return { address, port };
}

function freePort(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, address, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function runSsh(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('ssh', args, { stdio: 'inherit', env });
    child.on('error', () => reject(noSsh('ssh')));
    child.on('close', (status, signal) => resolve(status ?? (signal === 'SIGINT' ? 130 : 255)));
  });
}

function noSsh(program: string): BootflakeError {
  return new BootflakeError({
    code: 'instance/no-ssh',
    message: `the program ${program} is not on PATH`,
    hint: 'Install the OpenSSH client (openssh-client), or use bootflake vm exec, which needs none.',
  });
}

function noServer({ name }: Instance): BootflakeError {
  return new BootflakeError({
    code: 'instance/no-sshd',
    message: `the machine '${name}' has no SSH server`,
    hint: 'Set services.openssh.enable = true in its configuration and update it, or use bootflake vm exec, which needs none.',
  });
}

function noUser({ name }: Instance, user: string): BootflakeError {
  return new BootflakeError({
    code: 'instance/no-user',
    message: `the machine '${name}' has no user '${user}'`,
    hint: `Name one of its users: bootflake vm ssh ${name} --user root`,
  });
}

function noKeys({ name }: Instance, status: number): BootflakeError {
  return new BootflakeError({
    code: 'instance/no-sshd',
    message: `the SSH server of the machine '${name}' has no host keys yet, or its key cannot be stored (status ${status})`,
    hint: `See what is wrong: bootflake vm exec ${name} -- systemctl status sshd-keygen ssh`,
  });
}
