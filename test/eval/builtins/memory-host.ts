import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { BootflakeError } from '../../../src/base/errors.ts';
import type { DebianArchive, EvalHost, FileType } from '../../../src/eval/host.ts';
import { digest } from '../../../src/nix-format/hash.ts';
import { narHash } from '../../../src/nix-format/nar-writer.ts';
import { checkStoreName, makeFixedOutputPath, makeTextPath } from '../../../src/nix-format/store-path.ts';
import { directory, file, symlink, type FileNode } from '../../../src/tree/file-tree.ts';

const types = (stat: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }): FileType =>
  stat.isFile() ? 'regular' : stat.isDirectory() ? 'directory' : stat.isSymbolicLink() ? 'symlink' : 'unknown';

function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const missing = code === 'ENOENT' || (code === 'ENOTDIR' && !statusOf(path));
    throw new BootflakeError({
      code: missing ? 'eval/missing-path' : 'eval/unreadable-path',
      message: `path '${Buffer.from(path, 'latin1')}' ${missing ? 'does not exist' : 'cannot be read'}`,
    });
  }
}

/** A host that reads real files, computes store paths and keeps what is written to the store in memory. */
export class MemoryHost implements EvalHost {
  readonly storeDir = '/nix/store';
  readonly currentSystem = 'x86_64-linux';
  readonly pureEval: boolean = false;
  readonly texts = new Map<string, string>();
  readonly references = new Map<string, string[]>();
  readonly messages: string[] = [];
  archive: DebianArchive | undefined;

  currentTime(): number {
    return 1_700_000_000;
  }
  getEnv(name: string): string {
    return name === 'HOME' ? '/home/user' : '';
  }
  readFile(path: string): string {
    return this.texts.get(path) ?? reading(path, () => readFileSync(path, 'latin1'));
  }
  readDirectory(path: string): Map<string, FileType> {
    return reading(path, () => new Map(readdirSync(path, { withFileTypes: true }).map((entry) => [entry.name, types(entry)])));
  }
  fileType(path: string): FileType | undefined {
    if (this.texts.has(path)) return 'regular';
    const stat = statusOf(path);
    return stat && types(stat);
  }
  readLink(path: string): string {
    return readlinkSync(path, 'latin1');
  }

  addToStore(name: string, path: string, options: Parameters<EvalHost['addToStore']>[2]): string {
    if (options.expectedSha256) checkStoreName(name);
    if (!options.recursive)
      return makeFixedOutputPath(name, 'flat', {
        algorithm: 'sha256',
        bytes: digest(
          'sha256',
          reading(path, () => readFileSync(path)),
        ),
      });
    return makeFixedOutputPath(name, 'nar', { algorithm: 'sha256', bytes: narHash(this.tree(path, options.filter)!).sha256 });
  }

  private tree(path: string, filter: Parameters<EvalHost['addToStore']>[2]['filter'], top = true): FileNode | undefined {
    const stat = reading(path, () => lstatSync(path));
    if (!top && filter && !filter(path, types(stat))) return undefined;
    if (stat.isSymbolicLink()) return symlink(readlinkSync(path));
    if (stat.isFile()) return file(readFileSync(path), stat.mode & 0o777);
    const node = directory();
    for (const name of readdirSync(path)) {
      const child = this.tree(join(path, name), filter, false);
      if (child) node.entries.set(name, child);
    }
    return node;
  }

  addTextToStore(name: string, text: string, references: string[]): string {
    const path = makeTextPath(name, Buffer.from(digest('sha256', text)).toString('hex'), references);
    this.texts.set(path, text);
    this.references.set(path, references);
    return path;
  }

  writeDerivation(drvPath: string, aterm: string, references: string[]): void {
    this.texts.set(drvPath, aterm);
    this.references.set(drvPath, references);
  }

  readDerivation(drvPath: string): string {
    return this.readFile(drvPath);
  }
  isValidPath(path: string): boolean {
    return this.texts.has(path);
  }
  realise(items: string[]): void {
    throw new Error(`asked to build ${items.join(' ')}`);
  }
  fetchTree(): never {
    throw new Error('asked to fetch');
  }
  trace(message: string): void {
    this.messages.push(`trace: ${message}`);
  }
  warn(message: string): void {
    this.messages.push(`warning: ${message}`);
  }
  debianArchive(): DebianArchive {
    if (!this.archive) throw new Error('no archive');
    return this.archive;
  }
}
