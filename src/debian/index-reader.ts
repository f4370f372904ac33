import { rmSync } from 'node:fs';
import { BootflakeError } from '../base/errors.ts';
import { noteUse } from '../kept/cache-sweep.ts';
import { PagedFile } from '../kept/paged-file.ts';
import { indexKind } from './package-index.ts';

/**
 * Reads an index file and checks every page. A damaged file is removed and rebuilt by `remake`, once: an index follows from its lock, so
 * earlier reads stay valid. The file stays open as long as the process runs.
 */
export class IndexReader {
  private file: PagedFile | undefined;
  private remade = false;

  constructor(
    private readonly path: string,
    private readonly remake: (() => void) | undefined,
  ) {
    this.file = PagedFile.open(path, indexKind);
    if (this.file) noteUse(path);
  }

  /** Reads up to `length` bytes at `position`, fewer at the end. Throws `debian/no-index`, and what `remake` throws. */
  readonly read = (position: number, length: number): Buffer => {
    for (;;) {
      const bytes = this.file?.read(position, length);
      if (bytes) return bytes;
      if (this.remade || !this.remake) throw this.unreadable();
      this.remade = true;
      this.file?.close();
      rmSync(this.path, { force: true });
      this.remake();
      this.file = PagedFile.open(this.path, indexKind);
    }
  };

  private unreadable(): BootflakeError {
    return new BootflakeError({
      code: 'debian/no-index',
      message: `the package index ${this.path} is missing or damaged`,
      hint: 'Remove that file and run the command again. Check the disk if it is damaged again.',
    });
  }
}
