/** The listing of an archive, `HASH.ls`: its tree in JSON, with the place of each file's contents. As Nix writes it, keys sorted. */
import { NarParser, type NarVisitor } from '../../nix-format/nar-reader.ts';
import { NarWriter, sortedEntries } from '../../nix-format/nar-writer.ts';
import { physicalSource } from '../../store/physical-tree.ts';

/** Takes an archive in pieces, and returns its listing at the end. Names that are not UTF-8 have U+FFFD for each odd byte. */
export class NarListing {
  private readonly text = new ListingText(() => this.parser.position);
  private readonly parser: NarParser = new NarParser(this.text);

  push(bytes: Uint8Array): void {
    this.parser.push(bytes);
  }

  finish(): string {
    this.parser.end();
    return this.text.finish();
  }
}

/** Returns the listing of the archive that a tree of the host has. No contents are read. */
export function treeListing(place: string): string {
  const writer = new NarWriter(() => {});
  const text = new ListingText(() => writer.size);
  const visit = (path: string): void => {
    const node = physicalSource.inspect(path);
    if (node.type === 'symlink') {
      text.symlink(typeof node.target === 'string' ? Buffer.from(node.target) : node.target);
      writer.symlink(node.target);
    } else if (node.type === 'regular') {
      writer.beginFile(node.size, node.executable);
      text.beginFile(node.size, node.executable);
      writer.skip(node.size);
      writer.endFile(node.size);
    } else {
      writer.beginDirectory();
      text.beginDirectory();
      for (const [name, child] of sortedEntries(physicalSource.list(path))) {
        writer.beginEntry(name);
        text.beginEntry(name);
        visit(child);
        writer.endEntry();
      }
      text.endDirectory();
      writer.endDirectory();
    }
  };
  visit(place);
  return text.finish();
}

class ListingText implements NarVisitor {
  private readonly parts: string[] = [];
  /** For each open folder, whether it has an entry already. */
  private readonly begun: boolean[] = [];

  /** `position`: the bytes of the archive so far. */
  constructor(private readonly position: () => number) {}

  finish(): string {
    return `{"root":${this.parts.join('')},"version":1}`;
  }

  beginFile(size: number, executable: boolean): void {
    this.parts.push(`{${executable ? '"executable":true,' : ''}"narOffset":${this.position()},"size":${size},"type":"regular"}`);
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
