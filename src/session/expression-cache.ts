/**
 * Caches Nix texts as the machine's expressions between runs, in packs: a run that met new texts adds one pack. A pack is never changed, so
 * that concurrent runs do not disturb each other. When there are too many, they are merged into one, which drops the least recently used
 * entries. A pack is a checked file: the first part has the keys (32 bytes each), the others have the entry of each key, read on demand.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectories } from '../system/file-operations.ts';
import type { ExpressionCache } from '../evaluator/machine.ts';
import { digest } from '../nix-format/hash.ts';
import { CheckedFile, writeChecked } from '../kept/checked-file.ts';

const KIND = { name: 'expressions', schema: 1 };
const KEY = 32;
const MOST_BYTES = 192 << 20;
/** More packs than this are merged into one. */
const MOST_PACKS = 12;

interface Place {
  pack: CheckedFile;
  part: number;
  /** Bytes. */
  length: number;
}

export class ExpressionPacks implements ExpressionCache {
  private places: Map<string, Place> | undefined;
  private names: string[] = [];
  private readonly added = new Map<string, Uint8Array>();
  private readonly asked = new Set<string>();
  private readonly open: CheckedFile[] = [];

  constructor(
    private readonly folder: string,
    private readonly mostBytes = MOST_BYTES,
    private readonly mostPacks = MOST_PACKS,
  ) {}

  find(key: Buffer): Uint8Array | undefined {
    const name = key.toString('latin1');
    const place = this.load().get(name);
    if (!place) return this.added.get(name);
    const bytes = place.pack.part(place.part);
    if (bytes) this.asked.add(name);
    else this.load().delete(name);
    return bytes;
  }

  add(key: Buffer, bytes: Uint8Array): void {
    this.added.set(key.toString('latin1'), bytes);
  }

  /** Writes the additions. Ignores a cache that cannot be written. */
  save(): void {
    if (this.added.size === 0) return;
    const places = this.load();
    const whole = this.names.length >= this.mostPacks || [...places.values()].reduce((sum, { length }) => sum + length, 0) > this.mostBytes;
    try {
      makeDirectories(this.folder);
      const records = [...this.added];
      if (whole) records.push(...this.kept(places));
      const { name: written, parts } = packOf(records);
      writeChecked(join(this.folder, `${written}.pack`), KIND, parts);
      // A damaged pack that is rewritten has the same name.
      if (whole) for (const name of this.names) if (name !== `${written}.pack`) rmSync(join(this.folder, name), { force: true });
    } catch {
      // The next run parses again.
    }
    this.close();
  }

  /** The entries that survive a merge: those used by this run first, as many as there is room for. */
  private *kept(places: ReadonlyMap<string, Place>): Iterable<[string, Uint8Array]> {
    let left = this.mostBytes - [...this.added.values()].reduce((sum, { length }) => sum + length, 0);
    const others = [...places.keys()].filter((name) => !this.asked.has(name));
    for (const name of [...this.asked, ...others]) {
      const place = places.get(name);
      if (!place || this.added.has(name) || place.length > left) continue;
      left -= place.length;
      const bytes = place.pack.part(place.part);
      if (bytes) yield [name, bytes];
    }
  }

  private load(): Map<string, Place> {
    if (this.places) return this.places;
    this.places = new Map();
    try {
      this.names = readdirSync(this.folder)
        .filter((name) => name.endsWith('.pack'))
        .sort();
    } catch {
      this.names = [];
    }
    for (const name of this.names) this.loadPack(name, this.places);
    return this.places;
  }

  private loadPack(name: string, places: Map<string, Place>): void {
    const pack = CheckedFile.open(join(this.folder, name), KIND);
    if (!pack) return;
    this.open.push(pack);
    const keys = pack.count > 0 ? pack.part(0) : undefined;
    if (keys?.length !== (pack.count - 1) * KEY) return;
    for (let part = 1; part < pack.count; part++) {
      places.set(keys.toString('latin1', (part - 1) * KEY, part * KEY), { pack, part, length: pack.lengthOf(part) });
    }
  }

  private close(): void {
    for (const pack of this.open.splice(0)) pack.close();
    this.added.clear();
    this.places = undefined;
  }
}

/** The name of a pack identifies its contents, as the entry of a key follows from the key. */
function packOf(records: readonly (readonly [string, Uint8Array])[]): { name: string; parts: Uint8Array[] } {
  const keys = Buffer.from(records.map(([key]) => key).join(''), 'latin1');
  return { name: digest('sha256', keys).toString('hex').slice(0, 32), parts: [keys, ...records.map(([, bytes]) => bytes)] };
}
