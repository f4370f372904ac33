import { appendFileSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { besideName } from '../system/beside-name.ts';
import { writeFileAtomic } from '../system/files.ts';

/** Characters in memory before they go to the disk, and of the lines kept for errors. */
const [BUFFERED, KEPT] = [256 << 10, 256 << 10];

/**
 * The lines a builder logs; kept where Nix keeps its logs (`nix log` finds them). A long log is written as it grows, so that its memory has
 * a bound.
 */
export class BuildLog {
  private readonly file: string;
  private pending = '';
  /** The file of a long log, until it is complete. */
  private growing: string | undefined;
  private last: string[] = [];
  private lastSize = 0;
  /** Why it is not written any more. */
  private failure: unknown;

  /** `root`: of the store. */
  constructor(
    root: string,
    drvPath: string,
    private readonly forward: (line: string) => void = () => {},
  ) {
    this.file = buildLogFile(root, drvPath);
  }

  readonly add = (line: string): void => {
    this.pending += `${line}\n`;
    if (this.pending.length > BUFFERED) this.attempt(() => this.append());
    this.last.push(line);
    this.lastSize += line.length;
    if (this.lastSize > 2 * KEPT) this.forget();
    this.forward(line);
  };

  tail(count: number): string[] {
    return count === 0 ? [] : this.last.slice(-count);
  }

  /** Writes the log, if there is any. Returns why it could not be written, as a build does not fail for that. */
  save(): unknown {
    this.attempt(() => {
      if (this.growing !== undefined) {
        this.append();
        renameSync(this.growing, this.file);
      } else if (this.pending !== '') writeFileAtomic(this.file, [Buffer.from(this.pending, 'utf8')]);
    });
    return this.failure;
  }

  private append(): void {
    if (this.growing === undefined) {
      mkdirSync(dirname(this.file), { recursive: true });
      this.growing = besideName(this.file, 'tmp');
      rmSync(this.growing, { force: true });
    }
    appendFileSync(this.growing, this.pending);
    this.pending = '';
  }

  /** After a failure, nothing more is written. */
  private attempt(write: () => void): void {
    if (this.failure !== undefined) this.pending = '';
    else
      try {
        write();
      } catch (error) {
        this.failure = error;
        if (this.growing !== undefined) rmSync(this.growing, { force: true });
        this.growing = undefined;
      }
  }

  /** Lines of up to `KEPT` characters stay. */
  private forget(): void {
    let from = this.last.length;
    for (this.lastSize = 0; from > 0 && this.lastSize <= KEPT; from--) this.lastSize += this.last[from - 1]!.length;
    this.last = this.last.slice(from);
  }
}

/** The file of a derivation's log. `root`: of the store. */
export function buildLogFile(root: string, drvPath: string): string {
  const name = drvPath.slice(drvPath.lastIndexOf('/') + 1);
  return `${buildLogFolder(root)}/${name.slice(0, 2)}/${name.slice(2)}`;
}

/** The folder of folders with logs. */
export function buildLogFolder(root: string): string {
  return `${root}/nix/var/log/nix/drvs`;
}
