/** Limits on what may be unpacked from an archive. */
export interface ArchiveLimits {
  /** Bytes of the tree; each entry counts as a block of 4 KiB besides its contents. */
  size: number;
  /** The largest ratio to the archive's own size; up to `FREE` bytes are allowed in any case. */
  ratio: number;
  entries: number;
}

/** nixpkgs is 0.8 GiB by this measure, in 100,000 entries, 17 times its archive. */
export const defaultLimits: ArchiveLimits = { size: 8 * 2 ** 30, ratio: 128, entries: 1_000_000 };

const FREE = 64 << 20;
const BLOCK = 4096;

/** An archive that exceeds a limit. */
export class ArchiveTooLarge extends Error {
  constructor(
    readonly limit: keyof ArchiveLimits,
    message: string,
  ) {
    super(message);
  }
}

/** Counts what is unpacked from one archive of `packed` bytes. */
export class Tally {
  private unpacked = 0;
  private placed = 0;
  private entries = 0;

  constructor(
    private readonly limits: ArchiveLimits,
    private readonly packed: number,
  ) {}

  /** Adds bytes that were unpacked, or are about to be. */
  readonly addUnpacked = (bytes: number): void => {
    this.unpacked += bytes;
    this.check(this.unpacked, 'unpacks to');
  };

  /** Adds the contents of an entry; those of a hard link count again, as a NAR holds them again. */
  addContents(bytes: number): void {
    this.placed += bytes;
    this.check(this.placed, 'makes a tree of');
  }

  /** Adds one entry of the tree. */
  addEntry(): void {
    this.entries += 1;
    this.expectEntries(this.entries);
    this.addContents(BLOCK);
  }

  /** Checks a number of entries that is known before the first is read. */
  readonly expectEntries = (count: number): void => {
    const { entries } = this.limits;
    if (count > entries) throw new ArchiveTooLarge('entries', `it has more than ${entries} entries`);
  };

  private check(bytes: number, does: string): void {
    const { size, ratio } = this.limits;
    if (bytes > size) throw new ArchiveTooLarge('size', `it ${does} more than ${inMebibytes(size)}`);
    const most = Math.max(FREE, this.packed * ratio);
    if (bytes > most)
      throw new ArchiveTooLarge(
        'ratio',
        `it has ${this.packed} bytes and ${does} more than ${inMebibytes(most)}, over ${ratio} times as much`,
      );
  }
}

function inMebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
