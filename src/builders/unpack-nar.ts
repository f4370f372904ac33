/** Writes the tree of a NAR, which may be compressed, in the store's form. */
import fs from 'node:fs';
import { ByteInput } from '../archive/byte-input.ts';
import { compressionOf, unpackedPieces } from '../archive/compression.ts';
import { defaultLimits, Tally } from '../archive/limits.ts';
import { visitNar, type NarInput, type NarVisitor } from '../nix-format/nar-reader.ts';
import { filePath } from '../system/byte-paths.ts';
import { FileSource } from '../system/file-source.ts';
import { nameOfBytes } from '../tree/byte-name.ts';
import { BootflakeError } from '../base/errors.ts';

/** `archive`: a file. `place` must not exist. Throws `nix-format/bad-nar`, ArchiveError and ArchiveTooLarge. */
export function unpackNar(archive: string, place: string): void {
  const source = FileSource.of(archive);
  const compression = compressionOf(source);
  const tally = new Tally(defaultLimits, source.size);
  const input = new ByteInput(unpackedPieces(source, compression, tally.addUnpacked));
  const exact: NarInput = {
    read(length) {
      const bytes = input.take(length);
      if (bytes.length === length) return bytes;
      throw new BootflakeError({ code: 'nix-format/bad-nar', message: `the NAR in '${archive}' ends early` });
    },
  };
  try {
    visitNar(exact, new NarWriterToDisk(place));
    input.drain();
  } finally {
    input.close();
  }
}

/** The reader has checked that no entry leaves its folder or comes twice. */
class NarWriterToDisk implements NarVisitor {
  private readonly folders: string[] = [];
  private fd = -1;
  private executable = false;

  constructor(private path: string) {}

  beginFile(_size: number, executable: boolean): void {
    this.fd = fs.openSync(filePath(this.path), 'wx', 0o644);
    this.executable = executable;
  }

  contents(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) done += fs.writeSync(this.fd, bytes, done, bytes.length - done);
  }

  endFile(): void {
    fs.fchmodSync(this.fd, this.executable ? 0o555 : 0o444);
    fs.futimesSync(this.fd, 1, 1);
    fs.closeSync(this.fd);
  }

  symlink(target: Uint8Array): void {
    fs.symlinkSync(Buffer.from(target), filePath(this.path));
    fs.lutimesSync(filePath(this.path), 1, 1);
  }

  beginDirectory(): void {
    fs.mkdirSync(filePath(this.path), 0o755);
  }

  beginEntry(name: Uint8Array): void {
    this.folders.push(this.path);
    this.path = `${this.path}/${nameOfBytes(Buffer.from(name))}`;
  }

  endEntry(): void {
    this.path = this.folders.pop()!;
  }

  endDirectory(): void {
    fs.chmodSync(filePath(this.path), 0o555);
    fs.utimesSync(filePath(this.path), 1, 1);
  }
}
