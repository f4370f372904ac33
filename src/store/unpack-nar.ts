/** Unpacks a Nix archive in the store's form while its bytes arrive, hashes it, and finds the store paths that it mentions. */
import { createHash } from 'node:crypto';
import { NarParser, type NarVisitor } from '../nix-format/nar-reader.ts';
import { nameOfBytes } from '../tree/byte-name.ts';
import { beginDirectory, CanonicalFile, endDirectory, writeCanonicalByteSymlink } from './canonical-files.ts';
import { ReferenceScanner } from './reference-scanner.ts';

export interface NarUnpackerOptions {
  /** The archive's length in bytes, if known; what does not fit into it is refused before it is written. */
  narSize?: number;
  /** The store paths to look for. Defaults to none. */
  candidates?: Iterable<string>;
  /** Receives the contents of the archive as well. */
  observer?: NarVisitor;
}

export interface UnpackedNar {
  /** Of the archive. */
  sha256: Buffer;
  /** Bytes of the archive. */
  size: number;
  /** The candidates that were mentioned, sorted. */
  references: string[];
}

/**
 * Writes the tree of an archive at `place`, which must not exist: files and folders have the modes 0444 and 0555 and the time 1 s after the
 * epoch. What was written stays there when a step throws; the caller removes it.
 */
export class NarUnpacker {
  private readonly hasher = createHash('sha256');
  private readonly scanner: ReferenceScanner;
  private readonly writer: TreeWriter;
  private readonly parser: NarParser;
  private size = 0;

  constructor(place: string, { narSize = Infinity, candidates = [], observer }: NarUnpackerOptions = {}) {
    this.scanner = new ReferenceScanner(candidates);
    this.writer = new TreeWriter(place);
    const visitor = observer ? bothVisitors(this.writer, observer) : this.writer;
    this.parser = new NarParser(visitor, (position) => Math.max(0, narSize - position));
  }

  /** Takes the next bytes of the archive. Throws `nix-format/bad-nar` and the errors of the file system. */
  push(bytes: Uint8Array): void {
    this.size += bytes.length;
    this.hasher.update(bytes);
    this.scanner.update(bytes);
    this.parser.push(bytes);
  }

  /** Throws `nix-format/bad-nar` when the archive is not complete. */
  finish(): UnpackedNar {
    this.parser.end();
    return { sha256: this.hasher.digest(), size: this.size, references: this.scanner.references() };
  }

  /** Closes the file that was being written. Must be called in any case. */
  close(): void {
    this.writer.close();
  }
}

class TreeWriter implements NarVisitor {
  private file: CanonicalFile | undefined;
  /** The lengths of the paths of the folders around the current one. */
  private readonly outer: number[] = [];

  constructor(private path: string) {}

  beginFile(_size: number, executable: boolean): void {
    this.file = new CanonicalFile(this.path, executable);
  }

  contents(bytes: Uint8Array): void {
    this.file!.write(bytes);
  }

  endFile(): void {
    this.file!.finish();
    this.file = undefined;
  }

  symlink(target: Uint8Array): void {
    writeCanonicalByteSymlink(this.path, nameOfBytes(target));
  }

  beginDirectory(): void {
    beginDirectory(this.path);
  }

  beginEntry(name: Uint8Array): void {
    this.outer.push(this.path.length);
    this.path = `${this.path}/${nameOfBytes(name)}`;
  }

  endEntry(): void {
    this.path = this.path.slice(0, this.outer.pop());
  }

  endDirectory(): void {
    endDirectory(this.path);
  }

  close(): void {
    this.file?.close();
    this.file = undefined;
  }
}

function bothVisitors(first: NarVisitor, second: NarVisitor): NarVisitor {
  return {
    beginFile(size, executable) {
      first.beginFile(size, executable);
      second.beginFile(size, executable);
    },
    contents(bytes) {
      first.contents(bytes);
      second.contents(bytes);
    },
    endFile() {
      first.endFile();
      second.endFile();
    },
    symlink(target) {
      first.symlink(target);
      second.symlink(target);
    },
    beginDirectory() {
      first.beginDirectory();
      second.beginDirectory();
    },
    beginEntry(name) {
      first.beginEntry(name);
      second.beginEntry(name);
    },
    endEntry() {
      first.endEntry();
      second.endEntry();
    },
    endDirectory() {
      first.endDirectory();
      second.endDirectory();
    },
  };
}
