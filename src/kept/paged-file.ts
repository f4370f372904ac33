/** A checked file whose parts are the pages of one text. It is read at random positions; only the pages read are checked. */
import { CheckedFile, checkedHead, type FileKind } from './checked-file.ts';
import { writeFileAtomic } from '../system/files.ts';

const PAGE = 8 << 10;

export function writePaged(path: string, kind: FileKind, text: Uint8Array): void {
  const pages = Array.from({ length: Math.ceil(text.length / PAGE) }, (_, i) => text.subarray(i * PAGE, (i + 1) * PAGE));
  writeFileAtomic(path, [checkedHead(kind, pages), text]);
}

export class PagedFile {
  private constructor(private readonly file: CheckedFile) {}

  /** Returns undefined when the file is missing or damaged. */
  static open(path: string, kind: FileKind): PagedFile | undefined {
    const file = CheckedFile.open(path, kind);
    return file && new PagedFile(file);
  }

  /** Reads up to `length` bytes of the text, fewer at its end. Returns undefined when a page is damaged. */
  read(position: number, length: number): Buffer | undefined {
    const pages: Buffer[] = [];
    const first = Math.floor(position / PAGE);
    for (let i = first; i < this.file.count && i * PAGE < position + length; i++) {
      const page = this.file.part(i);
      if (!page) return undefined;
      pages.push(page);
    }
    const start = position - first * PAGE;
    const bytes = pages.length === 1 ? pages[0]! : Buffer.concat(pages);
    return bytes.subarray(start, start + length);
  }

  close(): void {
    this.file.close();
  }
}
