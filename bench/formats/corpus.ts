/** A disk like a machine's: files of /usr on a sparse file, with holes between them and far more behind them. */
import { closeSync, existsSync, ftruncateSync, openSync, readdirSync, readFileSync, statSync, writeSync, type Dirent } from 'node:fs';
import { join } from 'node:path';

/** Files larger than this are left out, in bytes. */
const MOST_FILE = 16 << 20;
/** Each file begins at a multiple of it, as in a file system; after a few there is a hole. */
const [BLOCK, GROUP, HOLE] = [4096, 200, 24 << 20];

/** Writes `path`, of `size` bytes, of which about `bytes` are data, unless it is there. */
export function makeDisk(path: string, size: number, bytes: number): void {
  if (existsSync(path)) return;
  const file = openSync(path, 'w');
  let [at, left, count] = [1 << 20, bytes, 0];
  for (const name of files('/usr')) {
    const contents = readFileSync(name);
    writeSync(file, contents, 0, contents.length, at);
    at += Math.ceil(contents.length / BLOCK) * BLOCK;
    left -= contents.length;
    count += 1;
    if (count % GROUP === 0) at += HOLE;
    if (left <= 0 || at > size - MOST_FILE) break;
  }
  // A table's copy at the end.
  writeSync(file, Buffer.alloc(BLOCK, 'x'), 0, BLOCK, size - BLOCK);
  ftruncateSync(file, size);
  closeSync(file);
}

function* files(folder: string): Generator<string> {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if (entry.isFile()) {
      const { size } = statSync(path);
      if (size > 0 && size <= MOST_FILE) yield path;
    }
  }
}
