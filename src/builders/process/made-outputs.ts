/**
 * What a builder made, into the form of the store: owner, modes and times. Its files are as hostile as it was: a link is never followed,
 * and what is neither file, folder nor symlink is refused.
 */
import fs from 'node:fs';
import { BootflakeError } from '../../base/errors.ts';
import { MOST_DEPTH, MOST_PATH } from '../../nix-format/nar-reader.ts';
import { bytesOfName } from '../../tree/byte-name.ts';
import { filePath, namesIn } from '../../system/byte-paths.ts';

export interface MadeOutput {
  /** Its store path. */
  logical: string;
  /** Where it is now. */
  physical: string;
}

/** `builder`: the user that made the files, if it is not ours. Hard links between outputs are kept. Throws `build/suspicious-output`. */
export function canonicaliseOutputs(outputs: readonly MadeOutput[], builder: number | undefined): void {
  const walk = new OutputWalk(builder);
  for (const { logical, physical } of outputs) {
    const stat = fs.lstatSync(physical);
    if (!stat.isSymbolicLink() && (stat.mode & 0o022) !== 0)
      throw suspicious(logical, 'may be written by other users', 'Remove the write permission of group and others from it.');
    walk.visit(physical, logical, { output: logical, depth: 0, length: 0 });
  }
}

/** Where a file is in its output. */
interface Within {
  /** The output's store path. */
  output: string;
  /** The folders around it. */
  depth: number;
  /** Of its path, in bytes. */
  length: number;
}

class OutputWalk {
  private readonly seen = new Set<string>();
  private readonly own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

  constructor(private readonly builder: number | undefined) {}

  visit(physical: string, logical: string, within: Within): void {
    const { depth, length } = within;
    if (length > MOST_PATH) throw unreadable(within, `a path of more than ${MOST_PATH} bytes`);
    const place = filePath(physical);
    const stat = fs.lstatSync(place);
    const inode = `${stat.dev}:${stat.ino}`;
    if (!stat.isDirectory() && this.seen.has(inode)) return;
    if (this.builder !== undefined && stat.uid !== this.builder)
      throw suspicious(logical, 'does not belong to the builder: it is a link to a file of another owner');
    if (!stat.isFile() && !stat.isDirectory() && !stat.isSymbolicLink())
      throw suspicious(logical, `has an unsupported type: ${typeName(stat)}`, 'An output holds files, folders and symlinks.');
    this.seen.add(inode);
    if (this.builder !== undefined) fs.lchownSync(place, this.own.uid, this.own.gid);
    if (stat.isDirectory()) {
      if (depth === MOST_DEPTH) throw unreadable(within, `more than ${MOST_DEPTH} folders in each other`);
      if ((stat.mode & 0o700) !== 0o700) fs.chmodSync(place, 0o700);
      for (const name of namesIn(physical)) {
        const inside = { ...within, depth: depth + 1, length: length + bytesOfName(name).length + 1 };
        this.visit(`${physical}/${name}`, `${logical}/${name}`, inside);
      }
    }
    if (stat.isSymbolicLink()) return fs.lutimesSync(place, 1, 1);
    const mode = stat.isDirectory() || (stat.mode & 0o100) !== 0 ? 0o555 : 0o444;
    if ((stat.mode & 0o7777) !== mode || stat.isDirectory()) fs.chmodSync(place, mode);
    fs.utimesSync(place, 1, 1);
  }
}

/** What is more than an archive may have. */
function unreadable({ output }: Within, what: string): BootflakeError {
  return suspicious(output, `has ${what}`, 'Its archive could not be read again.');
}

function typeName(stat: fs.Stats): string {
  if (stat.isFIFO()) return 'a named pipe';
  if (stat.isSocket()) return 'a socket';
  return 'a device';
}

function suspicious(path: string, what: string, hint?: string): BootflakeError {
  return new BootflakeError({ code: 'build/suspicious-output', message: `'${path}', which the builder made, ${what}`, hint });
}
