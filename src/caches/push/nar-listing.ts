/** The listing of an archive, `HASH.ls`: its tree in JSON, with the place of each file's contents. As Nix writes it, keys sorted. */
import { NarParser, type NarVisitor } from '../../nix-format/nar-reader.ts';

/** Takes an archive in pieces, and returns its listing at the end. Names that are not UTF-8 have U+FFFD for each odd byte. */
export class NarListing implements NarVisitor {
  private readonly parser = new NarParser(this);
  private readonly parts: string[] = [];
  /** For each open folder, whether it has an entry already. */
  private readonly begun: boolean[] = [];

  push(bytes: Uint8Array): void {
    this.parser.push(bytes);
  }

  finish(): string {
    this.parser.end();
    return `{"root":${this.parts.join('')},"version":1}`;
  }

  beginFile(size: number, executable: boolean): void {
    this.parts.push(`{${executable ? '"executable":true,' : ''}"narOffset":${this.parser.position},"size":${size},"type":"regular"}`);
  }

  symlink(target: Uint8Array): void {
    this.parts.push(`{"target":${quoted(target)},"type":"symlink"}`);
  }

  beginDirectory(): void {
    this.parts.push('{"entries":{');
    this.begun.push(false);
  }

  beginEntry(name: Uint8Array): void {
    const last = this.begun.length - 1;
    this.parts.push(`${this.begun[last] ? ',' : ''}${quoted(name)}:`);
    this.begun[last] = true;
  }

  endDirectory(): void {
    this.begun.pop();
    this.parts.push('},"type":"directory"}');
  }

  contents(): void {}
  endFile(): void {}
  endEntry(): void {}
}

function quoted(bytes: Uint8Array): string {
  return JSON.stringify(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
}
