/** The user's `ssh`, which runs `nix-daemon --stdio` on another machine. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shellQuote } from '../../base/shell-quote.ts';
import { splitShellWords } from '../../base/split-shell-words.ts';
import { atExit } from '../../system/at-exit.ts';
import { daemonError } from '../errors.ts';
import type { SshTarget } from '../store-uri.ts';
import { startTransport } from './program.ts';
import type { Transport } from './transport.ts';

/** Returns whether no ssh is needed: `localhost` without a user and a port is, as in Nix, this machine. */
export function isThisMachine({ host, user, port }: SshTarget): boolean {
  return host === 'localhost' && user === undefined && port === undefined;
}

/** Connects. `connectTimeout`: in seconds. Throws `daemon/unreachable`. */
export function connectSsh(target: SshTarget, env: NodeJS.ProcessEnv, connectTimeout: number): Promise<Transport> {
  const { remoteProgram, remoteStore, hostKey } = target;
  const command = [...remoteProgram, '--stdio', ...(remoteStore === undefined ? [] : ['--store', remoteStore])];
  if (isThisMachine(target)) return startTransport(command, env);
  if (hostKey === undefined) return startTransport(sshCommand(target, command, { env, connectTimeout }), env);
  const folder = mkdtempSync(join(tmpdir(), 'bootflake-ssh-'));
  const knownHosts = join(folder, 'host-key');
  const { host, port } = target;
  writeFileSync(knownHosts, `${port === undefined || port === 22 ? host : `[${host}]:${port}`} ${hostKey}\n`);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const cancel = atExit(remove);
  return startTransport(sshCommand(target, command, { env, connectTimeout, knownHosts }), env, () => {
    cancel();
    remove();
  });
}

/**
 * The arguments of ssh: those of Nix, and the time for the connection, which NIX_SSHOPTS can still set. The remote shell gets one text with
 * each word quoted.
 */
export function sshCommand(
  target: SshTarget,
  command: readonly string[],
  { env, connectTimeout, knownHosts }: { env: NodeJS.ProcessEnv; connectTimeout: number; knownHosts?: string },
): string[] {
  const { user, host, port, sshKey, compress } = target;
  return [
    'ssh',
    user === undefined ? host : `${user}@${host}`,
    '-x',
    ...sshOptions(env.NIX_SSHOPTS ?? ''),
    ...(sshKey === undefined ? [] : ['-i', sshKey]),
    ...(knownHosts === undefined ? [] : [`-oUserKnownHostsFile=${knownHosts}`]),
    `-oConnectTimeout=${connectTimeout}`,
    ...(compress ? ['-C'] : []),
    ...(port === undefined ? [] : [`-p${port}`]),
    '--',
    shellQuote(command),
  ];
}

/** The words of NIX_SSHOPTS. Throws `daemon/bad-ssh-options`. */
export function sshOptions(text: string): string[] {
  const words = splitShellWords(text);
  if (words === undefined) throw daemonError('bad-ssh-options', `NIX_SSHOPTS has a quote without its end: ${text}`);
  return words;
}
