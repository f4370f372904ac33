/** A store behind a daemon of Nix, as a store to copy to. */
import { sendPath } from '../../daemon/copy-to.ts';
import type { DaemonStore } from '../../daemon/daemon-store.ts';
import type { Send } from '../../daemon/wire/framed.ts';
import { WireMessage } from '../../daemon/wire/encode.ts';
import type { LocalStore } from '../../store/local-store.ts';
import { explainStoreError } from '../../store/system-errors.ts';
import type { ValidPathInfo } from '../../store/store.ts';
import type { CopiedTree, CopyDestination, CopyStep } from './copy-store.ts';

export class DaemonDestination implements CopyDestination {
  readonly isClosed = true;
  /** The daemon checks them itself, with its own keys. */
  readonly wantsSignatures = false;
  private asked: { path: string; resolve: (valid: boolean) => void; reject: (error: unknown) => void }[] = [];

  /** `store`: the trees to send are below its folder. */
  constructor(
    private readonly remote: DaemonStore,
    private readonly checkSignatures: boolean,
    private readonly store: LocalStore,
  ) {}

  get uri(): string {
    return this.remote.uri;
  }

  async prepare({ signal }: { signal: AbortSignal }): Promise<void> {
    await this.remote.connect(signal);
  }

  /** Paths that are looked up together are one request. */
  isValid(path: string, { signal }: { signal: AbortSignal }): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.asked.push({ path, resolve, reject });
      if (this.asked.length === 1) setImmediate(() => void this.ask(signal));
    });
  }

  async add(info: ValidPathInfo, { place }: CopiedTree, { signal, onBytes }: CopyStep): Promise<void> {
    const sendOne = async (send: Send): Promise<void> => {
      await send(new WireMessage().number(1).bytes());
      await sendPath(info, place, { send, signal, ...(onBytes && { onBytes }) });
    };
    try {
      await this.remote.addMultipleToStore(this.checkSignatures, sendOne, signal);
    } catch (error) {
      throw explainStoreError(error, this.store.root);
    }
  }

  async close(): Promise<void> {
    this.remote.close();
  }

  private async ask(signal: AbortSignal): Promise<void> {
    const asked = this.asked;
    this.asked = [];
    try {
      const valid = await this.remote.queryValidPaths(
        asked.map(({ path }) => path),
        { signal },
      );
      for (const { path, resolve } of asked) resolve(valid.has(path));
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}
