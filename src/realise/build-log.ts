import { writeFileAtomic } from '../system/files.ts';

/** The lines a builder logs; kept where Nix keeps its logs (`nix log` finds them). */
export class BuildLog {
  private readonly lines: string[] = [];

  constructor(private readonly forward: (line: string) => void = () => {}) {}

  readonly add = (line: string): void => {
    this.lines.push(line);
    this.forward(line);
  };

  tail(count = 10): string[] {
    return this.lines.slice(-count);
  }

  /** Writes the log of `drvPath`, if there is any. */
  save(root: string, drvPath: string): void {
    if (this.lines.length === 0) return;
    const name = drvPath.slice(drvPath.lastIndexOf('/') + 1);
    const file = `${root}/nix/var/log/nix/drvs/${name.slice(0, 2)}/${name.slice(2)}`;
    writeFileAtomic(file, [Buffer.from(`${this.lines.join('\n')}\n`, 'utf8')]);
  }
}
