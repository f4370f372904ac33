/** Why a sandbox cannot be made, with the command that allows it. */
import { existsSync } from 'node:fs';
import { BootflakeError } from '../base/errors.ts';
import { shortened } from '../base/shortened.ts';
import { readText } from '../system/file-operations.ts';

const setting = (path: string): string | undefined => readText(`/proc/sys/${path}`)?.trim();

export function noBubblewrap(): BootflakeError {
  return new BootflakeError({
    code: 'build/no-sandbox',
    message: 'builders run in a sandbox, which needs bubblewrap, and bwrap is not on PATH',
    hint: "Install your distribution's package of it (Debian, Ubuntu, Fedora, Arch, Alpine: bubblewrap).",
  });
}

export function noSetpriv(): BootflakeError {
  return new BootflakeError({
    code: 'build/no-sandbox',
    message: 'root runs builders as an unprivileged user, which needs the programs setpriv, unshare and mount of util-linux',
    hint: 'Install util-linux, or run bootflake as an ordinary user.',
  });
}

/** `output`: what the program that failed wrote. */
export function noSandbox(output: string): BootflakeError {
  return new BootflakeError({
    code: 'build/no-sandbox',
    message: `the sandbox for builders cannot be made here: ${shortened(output.trim() || 'the programs that make it failed', 600)}`,
    hint: sandboxAdvice(output),
  });
}

/** Returns what allows a sandbox on this host. */
export function sandboxAdvice(output: string): string {
  if (setting('kernel/unprivileged_userns_clone') === '0')
    return 'Allow user namespaces: sudo sysctl -w kernel.unprivileged_userns_clone=1';
  if (setting('user/max_user_namespaces') === '0') return 'Allow user namespaces: sudo sysctl -w user.max_user_namespaces=15000';
  if (inContainer())
    return (
      'Run the container with user namespaces and all of /proc: docker run --security-opt seccomp=unconfined ' +
      '--security-opt apparmor=unconfined --security-opt systempaths=unconfined, or podman run --security-opt unmask=ALL'
    );
  if (setting('kernel/apparmor_restrict_unprivileged_userns') === '1')
    return 'Allow user namespaces: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0';
  if (/proc/.test(output)) return 'Mount all of /proc: another file system over a part of it prevents a new one.';
  return 'Run: bootflake doctor';
}

function inContainer(): boolean {
  return existsSync('/.dockerenv') || existsSync('/run/.containerenv') || /docker|kubepods|lxc/.test(readText('/proc/1/cgroup') ?? '');
}
