/** The caches of the settings: opened when first needed, left out for a while when they cannot be reached. */
import { BootflakeError } from '../base/errors.ts';
import { hidePasswords } from '../base/hide-passwords.ts';
import { isDaemonLost } from '../daemon/errors.ts';
import { monotonicMilliseconds } from '../system/clock.ts';
import type { BinaryCache } from './binary-cache.ts';
import { reasonOf } from './errors.ts';

/** Seconds, as in Nix. */
const DISABLED_FOR = 60;

interface Member {
  uri: string;
  cache: BinaryCache | undefined;
  /** `signal`: of the caller for whom it is opened. */
  opening: { done: Promise<BinaryCache>; signal: AbortSignal } | undefined;
  /** Since when it is not asked, in milliseconds, and why. */
  disabled: { since: number; reason: string } | undefined;
}

export class CacheList {
  private readonly members: Member[];

  /** `open` is called once for each address; again when it has failed and the time is over. */
  constructor(
    uris: readonly string[],
    private readonly open: (uri: string, signal: AbortSignal) => Promise<BinaryCache>,
    private readonly onWarning: (message: string) => void,
  ) {
    this.members = uris.map((uri) => ({ uri, cache: undefined, opening: undefined, disabled: undefined }));
  }

  /** The caches that can be reached, the lowest priority first, else in the order of the settings. */
  async usable(signal: AbortSignal): Promise<BinaryCache[]> {
    const found = await Promise.all(this.members.map((member) => this.opened(member, signal)));
    return found.filter((cache) => cache !== undefined).sort((a, b) => a.priority - b.priority);
  }

  /** Why caches are not asked now: one line a cache. */
  unusable(): string[] {
    return this.members.flatMap(({ uri, disabled }) =>
      disabled && this.isDisabled(disabled) ? [`${hidePasswords(uri)}: ${disabled.reason}`] : [],
    );
  }

  /** Leaves a cache out for a while, with a warning. */
  disable(cache: BinaryCache, error: unknown): void {
    const member = this.members.find((one) => one.cache === cache);
    if (member) this.disableMember(member, error);
  }

  /** Returns whether an error means that the cache as a whole cannot be reached. */
  static isUnreachable(error: unknown): boolean {
    if (isDaemonLost(error)) return true;
    return error instanceof BootflakeError && error.code.startsWith('network/') && error.code !== 'network/not-found';
  }

  /** Ends the connections of the caches that have their own. */
  close(): void {
    for (const { cache } of this.members) cache?.close?.();
  }

  private async opened(member: Member, signal: AbortSignal): Promise<BinaryCache | undefined> {
    if (member.disabled && this.isDisabled(member.disabled)) return undefined;
    if (member.cache) return member.cache;
    const opening = (member.opening ??= { done: this.open(member.uri, signal), signal });
    try {
      member.cache = await opening.done;
      return member.cache;
    } catch (error) {
      if (member.opening === opening) member.opening = undefined;
      signal.throwIfAborted();
      if (opening.signal.aborted) return this.opened(member, signal);
      this.disableMember(member, error);
      return undefined;
    }
  }

  private isDisabled({ since }: { since: number }): boolean {
    return monotonicMilliseconds() - since < DISABLED_FOR * 1000;
  }

  private disableMember(member: Member, error: unknown): void {
    if (member.disabled && this.isDisabled(member.disabled)) return;
    const reason = reasonOf(error);
    member.disabled = { since: monotonicMilliseconds(), reason };
    this.onWarning(`disabling binary cache '${hidePasswords(member.uri)}' for ${DISABLED_FOR} seconds: ${reason}`);
  }
}
