/**
 * Identifies the owner of a lock or a temporary folder so that any later process can determine whether it is still alive: process ids are
 * reused, so the start time, the boot and the pid namespace are recorded too.
 */
import fs from 'node:fs';
import os from 'node:os';

export interface ProcessIdentity {
  pid: number;
  /** Clock ticks from boot to the process's start; empty if the host does not provide it. */
  startTime: string;
  bootId: string;
  /** The pid namespace's inode; empty if there are none. */
  pidNamespace: string;
}

let bootIdCache: string | undefined;

/** Changes at each boot of the host. */
export function bootId(): string {
  bootIdCache ??= readBootId();
  return bootIdCache;
}

function readBootId(): string {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim().replaceAll('-', '');
  } catch {
    // Without a boot id of the kernel, the minute of the boot is used. A wrong "other boot" only costs a check of the store.
    return `minute${Math.round((Date.now() / 1000 - os.uptime()) / 60)}`;
  }
}

function startTimeOf(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    // proc(5): field 22 is starttime; the second field, in parentheses, may hold anything, so count from its end.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function ownPidNamespace(): string {
  try {
    return fs.readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    return '';
  }
}

let ownCache: ProcessIdentity | undefined;

export function ownIdentity(): ProcessIdentity {
  ownCache ??= { pid: process.pid, startTime: startTimeOf(process.pid) ?? '', bootId: bootId(), pidNamespace: ownPidNamespace() };
  return ownCache;
}

/** Returns the identity as one word that is valid in a file name. */
export function identityToken(identity: ProcessIdentity): string {
  return [identity.pid, identity.startTime, identity.bootId, identity.pidNamespace].join('-');
}

export function parseIdentityToken(token: string): ProcessIdentity | undefined {
  const [pid, startTime, boot, pidNamespace] = token.split('-');
  if (!pid || !/^\d+$/.test(pid) || startTime === undefined || !boot || pidNamespace === undefined) return undefined;
  return { pid: Number(pid), startTime, bootId: boot, pidNamespace };
}

/** `unknown`: it runs in another pid namespace of this boot, which we cannot inspect. */
export function livenessOf(identity: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
  const own = ownIdentity();
  if (identity.bootId !== own.bootId) return 'dead';
  if (identity.pidNamespace !== own.pidNamespace) return 'unknown';
  if (identity.startTime !== '') return startTimeOf(identity.pid) === identity.startTime ? 'alive' : 'dead';
  try {
    process.kill(identity.pid, 0);
    return 'alive';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'alive' : 'dead';
  }
}
