/**
 * Copies of the records of valid paths, all in one file: for a command that asks for thousands of paths, opening a file for each takes
 * longer than everything else. It holds as long as the folder of the records is as it was when they were read. Each record is written and
 * removed by a rename or an unlink, which change the folder's times; so that no two changes have the same time, a folder that has just
 * changed is not indexed.
 */
import fs from 'node:fs';
import { CheckedFile, writeChecked } from '../kept/checked-file.ts';
import { wallClockSeconds } from '../system/clock.ts';

const KIND = { name: 'valid paths', schema: 1 };
/** Seconds. The coarsest clock of a file system has steps of two. */
const SETTLED = 3;
/** Records that are kept at most, of some hundred bytes each. */
const MOST = 200_000;

export class RecordIndex<Item extends { path: string }> {
  /** The state of the folder before any record was read. */
  private readonly state: { text: string; seconds: number } | undefined;

  constructor(
    private readonly file: string,
    folder: string,
  ) {
    const stat = fs.statSync(folder, { bigint: true, throwIfNoEntry: false });
    this.state = stat && {
      text: [stat.dev, stat.ino, stat.mtimeNs, stat.ctimeNs].join(' '),
      seconds: Math.max(Number(stat.mtimeNs), Number(stat.ctimeNs)) / 1e9,
    };
  }

  /** Returns the records by path, with `bootId` and all: none if the folder has changed since they were read. */
  load(): Map<string, Item> {
    const records = new Map<string, Item>();
    const file = CheckedFile.open(this.file, KIND);
    if (file === undefined) return records;
    try {
      if (file.count !== 2 || this.state === undefined || file.part(0)?.toString('latin1') !== this.state.text) return records;
      const text = file.part(1)?.toString('utf8');
      if (text !== undefined) for (const record of JSON.parse(text) as Item[]) records.set(record.path, record);
    } finally {
      file.close();
    }
    return records;
  }

  /** Replaces the file, unless a change of the folder might go unnoticed. A store that may not be written to stays without. */
  save(records: readonly Item[]): void {
    if (this.state === undefined || records.length > MOST || this.state.seconds + SETTLED > wallClockSeconds()) return;
    try {
      writeChecked(this.file, KIND, [Buffer.from(this.state.text, 'latin1'), Buffer.from(JSON.stringify(records), 'utf8')]);
    } catch {
      // The next command reads the records one by one, as this one has.
    }
  }
}
