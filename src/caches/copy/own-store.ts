import { invalidPath } from '../../store/closure.ts';
import type { LocalStore } from '../../store/local-store.ts';
import type { ValidPathInfo } from '../../store/store.ts';
import { explainStoreError } from '../../store/system-errors.ts';
import type { CopiedTree, CopyDestination, CopySource, CopyStep } from './copy-store.ts';

/** The user's own store. */
export class OwnStore implements CopySource, CopyDestination {
  readonly uri = undefined;
  readonly isClosed = true;
  readonly wantsSignatures = true;

  constructor(private readonly store: LocalStore) {}

  async query(path: string): Promise<ValidPathInfo | undefined> {
    return this.store.queryPathInfo(path);
  }

  async allPaths(): Promise<string[]> {
    return this.store.records.all().map(({ path }) => path);
  }

  transferSize(): undefined {}

  async withTree({ path }: ValidPathInfo, _step: CopyStep, use: (tree: CopiedTree) => Promise<void>): Promise<void> {
    await use({ place: this.store.realPath(path), temporary: false });
  }

  async prepare(): Promise<void> {}

  async isValid(path: string): Promise<boolean> {
    return this.store.isValidPath(path);
  }

  async add(info: ValidPathInfo, { place, temporary }: CopiedTree, { signal }: CopyStep): Promise<void> {
    const { store } = this;
    if (!temporary) throw new Error(`'${place}' is not a tree that can be moved into the store`);
    const lock = await store.lock(info.path, { signal });
    try {
      if (store.isValidPath(info.path)) return;
      const missing = info.references.find((reference) => reference !== info.path && !store.isValidPath(reference));
      if (missing !== undefined) throw invalidPath(missing);
      const { ultimate: _, ...facts } = info;
      if (store.moveIntoPlace(place, info.path)) store.registerValidPath(facts);
    } catch (error) {
      throw explainStoreError(error, store.root);
    } finally {
      lock.release();
    }
  }

  async close(): Promise<void> {}
}
