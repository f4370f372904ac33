/** Copies kernels and initrds to where a boot loader reads them, each once. */
import type { DirectoryNode } from '../../../tree/file-tree.ts';
import { placeNode } from '../../../tree/place.ts';
import type { StoreFiles } from './store-files.ts';

export class BootKernels {
  private readonly copied = new Set<string>();

  /** `nameOf` maps a file's path in the store to its path in `folder`. */
  constructor(
    private readonly files: StoreFiles,
    private readonly folder: DirectoryNode,
    private readonly nameOf: (storePath: string) => string,
  ) {}

  /** Returns the path of the copy, below the folder. */
  add(storePath: string): string {
    const name = this.nameOf(storePath);
    if (!this.copied.has(name)) placeNode(this.folder, name, this.files.file(storePath));
    this.copied.add(name);
    return name;
  }
}
