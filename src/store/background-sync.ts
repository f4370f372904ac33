import { spawn } from 'node:child_process';
import fs from 'node:fs';

/**
 * Makes the kernel write out the file system that holds `folder`, then removes `markers`; in a separate process that outlives ours, so that
 * nothing waits for it. If that fails, the markers stay.
 */
export function syncThenRemove(folder: string, markers: string[]): void {
  if (markers.length === 0) return;
  const script = 'folder=$1; shift; { sync -f "$folder" || sync; } 2>/dev/null && rm -f -- "$@"';
  const child = spawn('/bin/sh', ['-c', script, 'sync', folder, ...markers], { detached: true, stdio: 'ignore', cwd: '/' });
  child.on('error', () => {});
  child.unref();
}

/** Waits until one file, or one folder's entries, are on the disk. */
export function syncPath(path: string): void {
  const fd = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
