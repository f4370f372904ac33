/** Small facts that can be found again: one JSON file each, with a checksum; a damaged one does not count. Bounded in number. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemFacts } from '../base/system-errors.ts';
import { writeFileAtomic } from './files.ts';

const MOST_ENTRIES = 2000;

export class JsonCache {
  constructor(private readonly folder: string, private readonly most = MOST_ENTRIES) {}

  find(key: string): unknown {
    let text: string;
    try {
      text = readFileSync(this.file(key), 'utf8');
    } catch {
      return undefined;
    }
    const end = text.indexOf('\n');
    const body = text.slice(end + 1);
    return text.slice(0, end) === checksum(key, body) ? JSON.parse(body) as unknown : undefined;
  }

  /** Keeps a value, if the folder can be written; what cannot be kept is found out again. */
  remember(key: string, value: unknown): void {
    const body = `${JSON.stringify(value)}\n`;
    try {
      writeFileAtomic(this.file(key), [Buffer.from(`${checksum(key, body)}\n${body}`)]);
      this.forgetOldest();
    } catch (error) {
      if (!systemFacts(error)) throw error;
    }
  }

  forget(key: string): void {
    rmSync(this.file(key), { force: true });
  }

  private file(key: string): string {
    return join(this.folder, `${createHash('sha256').update(key).digest('hex')}.json`);
  }

  private forgetOldest(): void {
    const names = readdirSync(this.folder);
    if (names.length <= this.most) return;
    const aged = names.map((name) => ({ path: join(this.folder, name), time: statSync(join(this.folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }));
    for (const { path } of aged.sort((a, b) => a.time - b.time).slice(0, names.length / 2)) rmSync(path, { force: true });
  }
}

function checksum(key: string, body: string): string {
  return createHash('sha256').update(`${key}\n${body}`).digest('hex');
}
