/**
 * Where a sparse file has data. Node has no lseek; GNU tar, which is nearly everywhere, lists the pieces of a sparse file before its bytes
 * ("Storing Sparse Files", PAX format version 1.0, in its manual), so that it is asked for the list and stopped.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';

const BLOCK = 512;
/** Bytes of tar's output that are read: a list of more pieces is not worth the trouble. */
const MOST_OUTPUT = 4 << 20;
const PATIENCE_MS = 10_000;

/** Returns the pieces that may have data, ascending; undefined where the file has no holes, or no one knows. `path` is absolute. */
export function dataExtents(path: string, env: NodeJS.ProcessEnv = process.env): { start: number; length: number }[] | undefined {
  const { size, blocks } = statSync(path);
  if (blocks * BLOCK >= size) return undefined;
  const { stdout } = spawnSync(
    'tar',
    ['--create', '--file=-', '--format=posix', '--sparse', '--sparse-version=1.0', '--hole-detection=seek', '-P', '--', path],
    // Ends tar when it has written that much.
    {
      maxBuffer: MOST_OUTPUT,
      timeout: PATIENCE_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...env, TAR_OPTIONS: undefined, LC_ALL: 'C' },
    },
  );
  return stdout ? readMap(stdout, size) : undefined;
}

function readMap(archive: Buffer, size: number): { start: number; length: number }[] | undefined {
  let at = 0;
  const sizeOf = (header: number): number => parseInt(archive.toString('latin1', header + 124, header + 136), 8);
  if (archive.toString('latin1', 156, 157) !== 'x') return undefined;
  if (!archive.toString('latin1', BLOCK, BLOCK + sizeOf(0)).includes('GNU.sparse.major=1\n')) return undefined;
  at = BLOCK + Math.ceil(sizeOf(0) / BLOCK) * BLOCK + BLOCK;
  const number = (): number => {
    const end = archive.indexOf(0x0a, at);
    const text = end < 0 ? '' : archive.toString('latin1', at, end);
    at = end + 1;
    return /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  };
  const extents: { start: number; length: number }[] = [];
  let end = 0;
  for (let left = number(); left > 0; left--) {
    const [start, length] = [number(), number()];
    if (!(start >= end && start + length <= size)) return undefined;
    if (length > 0) extents.push({ start, length });
    end = start + length;
  }
  // Without any number, or with a wrong one, nothing is known.
  return Number.isNaN(end) || at === 0 ? undefined : extents;
}
