/** Tests what a host offers, for `bootflake doctor`. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import os from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { makeDirectories } from './file-operations.ts';

/** The first executable of that name on PATH. */
export function findOnPath(name: string, path: string = process.env.PATH ?? ''): string | undefined {
  for (const folder of path.split(delimiter)) {
    if (!folder) continue;
    const candidate = join(folder, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      /* not here */
    }
  }
  return undefined;
}

/** Tries a user namespace with a mount namespace in it; undefined without a program that makes them. */
export function userNamespacesWork(): boolean | undefined {
  if (os.platform() !== 'linux') return false;
  const unshare = findOnPath('unshare');
  if (!unshare) return undefined;
  return spawnSync(unshare, ['--user', '--map-root-user', '--mount', 'true'], { stdio: 'ignore', timeout: 5000 }).status === 0;
}

/** Returns the free bytes for an ordinary user at a path, or at its nearest existing parent. */
export function freeBytesAt(path: string): number {
  let folder = path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** In bytes: what the kernel can provide without swapping. */
export function availableMemory(): number {
  try {
    const match = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'));
    if (match) return Number(match[1]) * 1024;
  } catch {
    /* no /proc: macOS */
  }
  return os.freemem();
}

/** In bytes, within the limit of this process's control group. */
export function installedMemory(): number {
  // 0 or a number beyond the memory: no limit.
  const limit = process.constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(limit, os.totalmem()) : os.totalmem();
}

export function canWrite(folder: string): boolean {
  try {
    makeDirectories(folder);
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export function hostDescription(): string {
  return `${os.type()} ${os.release()} ${os.arch()}, ${os.availableParallelism()} cores`;
}
