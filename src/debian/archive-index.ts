/**
 * Our own index over the Packages files of a suite's parts: tables by name, then the files' unchanged text. Opening reads the tables (some
 * 2 MB at once) and parses nothing; a package's stanza is read on demand. The file is checked (kept/paged-file.ts).
 *
 *     magic (16 bytes), length of the description (u32), description (JSON), padding to 8, tables, text
 *
 * Tables are little-endian u32 by default. Of a package in several parts, only the highest version is kept.
 */
import { LINE_FEED } from '../base/ascii.ts';
import { compareVersions } from './version.ts';

const MAGIC = 'bootflake-deb-1\n';

export interface IndexSource {
  suite: string;
  archive: string;
  /** main unless given. */
  component?: string;
  /** The address of a repository that is not Debian's. */
  repository?: string;
  /** The Packages file, unpacked. */
  text: Buffer;
}

type Table =
  | 'nameText'
  | 'nameOffsets'
  | 'stanzaOffsets'
  | 'stanzaLengths'
  | 'stanzaSources'
  | 'virtualText'
  | 'virtualOffsets'
  | 'virtualStarts'
  | 'virtualProviders'
  | 'essential'
  | 'required';

interface Description {
  suite: string;
  architecture: string;
  sources: Omit<IndexSource, 'text'>[];
  /** Where each table begins, from the tables' start, and its length; in bytes. */
  tables: Record<Table, [number, number]>;
  tablesLength: number;
}

interface Stanza {
  name: string;
  version: string;
  source: number;
  start: number;
  end: number;
  /** In the order of names; -1 for one that is not kept. */
  place: number;
}

/** Returns the pieces of the index file, to be written one after the other. */
export function buildArchiveIndex(suite: string, architecture: string, sources: IndexSource[]): Uint8Array[] {
  const scanned = sources.map((source, i) => scanStanzas(source.text, i));
  const newest = new Map<string, Stanza>();
  for (const stanza of scanned.flat()) {
    const other = newest.get(stanza.name);
    if (!other || compareVersions(stanza.version, other.version) > 0) newest.set(stanza.name, stanza);
  }
  const stanzas = [...newest.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  stanzas.forEach((stanza, i) => {
    stanza.place = i;
  });
  const textStarts: number[] = [];
  let textSize = 0;
  for (const { text } of sources) {
    textStarts.push(textSize);
    textSize += text.length;
  }
  const facts = collectFacts(scanned, sources);
  const virtuals = [...facts.providers.keys()].sort((a, b) => (a < b ? -1 : 1));
  const lists = virtuals.map((name) => facts.providers.get(name)!);
  const starts = [0];
  for (const list of lists) starts.push(starts.at(-1)! + list.length);
  const tables: Record<Table, Uint8Array> = {
    ...textTable(
      stanzas.map((stanza) => stanza.name),
      'nameText',
      'nameOffsets',
    ),
    stanzaOffsets: numbers(stanzas.map((stanza) => textStarts[stanza.source]! + stanza.start)),
    stanzaLengths: numbers(stanzas.map((stanza) => stanza.end - stanza.start)),
    stanzaSources: Uint8Array.from(stanzas, (stanza) => stanza.source),
    ...textTable(virtuals, 'virtualText', 'virtualOffsets'),
    virtualStarts: numbers(starts),
    virtualProviders: numbers(lists.flat()),
    essential: numbers(facts.essential),
    required: numbers(facts.required),
  };
  return assemble({ suite, architecture, sources: sources.map(({ text: _, ...source }) => source) }, tables, sources);
}

/** Finds the stanzas of a Packages file, and in each the two fields that decide which one is kept. */
function scanStanzas(text: Buffer, source: number): Stanza[] {
  const stanzas: Stanza[] = [];
  const field = '\nVersion: ';
  for (let start = 0; start < text.length; ) {
    const gap = text.indexOf('\n\n', start, 'latin1');
    const end = gap < 0 ? text.length : gap + 1;
    const nameEnd = text.indexOf(LINE_FEED, start);
    const version = text.indexOf(field, start, 'latin1');
    if (version >= 0 && version < end && text.toString('latin1', start, start + 9) === 'Package: ') {
      const from = version + field.length;
      stanzas.push({
        name: text.toString('latin1', start + 9, nameEnd),
        version: text.toString('latin1', from, text.indexOf(LINE_FEED, from)),
        source,
        start,
        end,
        place: -1,
      });
    }
    start = end + 1;
  }
  return stanzas;
}

function collectFacts(scanned: Stanza[][], sources: IndexSource[]) {
  const providers = new Map<string, number[]>();
  const essential: number[] = [];
  const required: number[] = [];
  scanned.forEach((stanzas, i) => {
    const { text } = sources[i]!;
    for (const [{ place }, at] of stanzasWith(text, stanzas, '\nProvides: ')) {
      for (const item of text.toString('latin1', at, text.indexOf(LINE_FEED, at)).split(',')) {
        const name = /^\s*([^\s(:]+)/.exec(item)?.[1];
        if (!name) continue;
        const list = providers.get(name);
        if (!list) providers.set(name, [place]);
        else if (list.at(-1) !== place) list.push(place);
      }
    }
    for (const [{ place }] of stanzasWith(text, stanzas, '\nEssential: yes\n')) essential.push(place);
    for (const [{ place }] of stanzasWith(text, stanzas, '\nPriority: required\n')) required.push(place);
  });
  for (const list of [...providers.values(), essential, required]) list.sort((a, b) => a - b);
  return { providers, essential, required };
}

/** Yields the kept stanzas that contain `needle`, and the position after it. */
function* stanzasWith(text: Buffer, stanzas: Stanza[], needle: string): Generator<[Stanza, number]> {
  let i = 0;
  for (let at = text.indexOf(needle, 0, 'latin1'); at >= 0; at = text.indexOf(needle, at + needle.length, 'latin1')) {
    while (i < stanzas.length && stanzas[i]!.end <= at) i += 1;
    const stanza = stanzas[i];
    if (stanza && stanza.start <= at && stanza.place >= 0) yield [stanza, at + needle.length];
  }
}

function textTable<T extends Table, O extends Table>(names: string[], text: T, offsets: O): Record<T | O, Uint8Array> {
  const ends = [0];
  for (const name of names) ends.push(ends.at(-1)! + name.length);
  return { [text]: Buffer.from(names.join(''), 'latin1'), [offsets]: numbers(ends) } as Record<T | O, Uint8Array>;
}

function numbers(values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

function assemble(
  facts: Omit<Description, 'tables' | 'tablesLength'>,
  tables: Record<Table, Uint8Array>,
  sources: IndexSource[],
): Uint8Array[] {
  const places = {} as Description['tables'];
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const [name, bytes] of Object.entries(tables) as [Table, Uint8Array][]) {
    places[name] = [at, bytes.length];
    const padding = new Uint8Array((8 - (bytes.length % 8)) % 8);
    pieces.push(bytes, padding);
    at += bytes.length + padding.length;
  }
  const description = Buffer.from(JSON.stringify({ ...facts, tables: places, tablesLength: at } satisfies Description), 'latin1');
  const head = Buffer.alloc(Math.ceil((MAGIC.length + 4 + description.length) / 8) * 8);
  head.write(MAGIC, 'latin1');
  head.writeUInt32LE(description.length, MAGIC.length);
  description.copy(head, MAGIC.length + 4);
  return [head, ...pieces, ...sources.map((source) => source.text)];
}

/** Reads `length` bytes at `position`; fewer at the end. */
export type ReadAt = (position: number, length: number) => Buffer;

const FIRST_READ = 64 << 10;

/** What packages are looked up in: an index, or several in layers. */
export interface PackageTable
  extends Pick<ArchiveIndex, 'count' | 'name' | 'find' | 'stanza' | 'source' | 'providers' | 'marked' | 'description'> {
  /** Whether Debian has no package of that name at all: then it is neither essential nor preferred to what Debian has. */
  isAdded?(i: number): boolean;
}

/** An open index. Packages are numbered in the order of names. */
export class ArchiveIndex {
  readonly description: Description;
  private readonly nameText: string;
  private readonly nameOffsets: Uint32Array;
  private readonly virtualText: string;
  private readonly virtualOffsets: Uint32Array;
  private readonly bytes: Buffer;
  private readonly tablesStart: number;

  constructor(private readonly readAt: ReadAt) {
    const first = readAt(0, FIRST_READ);
    if (first.toString('latin1', 0, MAGIC.length) !== MAGIC) throw new Error('not a package index');
    const length = first.readUInt32LE(MAGIC.length);
    this.description = JSON.parse(first.toString('latin1', MAGIC.length + 4, MAGIC.length + 4 + length)) as Description;
    this.tablesStart = Math.ceil((MAGIC.length + 4 + length) / 8) * 8;
    const wanted = this.tablesStart + this.description.tablesLength;
    this.bytes = wanted <= first.length ? first : Buffer.concat([first, readAt(first.length, wanted - first.length)]);
    if (this.bytes.length < wanted) throw new Error('the index is cut short');
    this.nameText = this.text('nameText');
    this.nameOffsets = this.table('nameOffsets');
    this.virtualText = this.text('virtualText');
    this.virtualOffsets = this.table('virtualOffsets');
  }

  get count(): number {
    return this.nameOffsets.length - 1;
  }

  name(i: number): string {
    return this.nameText.slice(this.nameOffsets[i], this.nameOffsets[i + 1]);
  }

  /** -1 when there is none. */
  find(name: string): number {
    return search(name, this.nameText, this.nameOffsets);
  }

  /** The stanza's text, one char per byte. */
  stanza(i: number): string {
    const start = this.tablesStart + this.description.tablesLength + this.table('stanzaOffsets')[i]!;
    return this.readAt(start, this.table('stanzaLengths')[i]!).toString('latin1');
  }

  source(i: number): { suite: string; archive: string; component: string; repository?: string } {
    const [at] = this.description.tables.stanzaSources;
    return { component: 'main', ...this.description.sources[this.bytes[this.tablesStart + at + i]!]! };
  }

  /** Packages that provide a name, in the order of names. */
  providers(name: string): number[] {
    const i = search(name, this.virtualText, this.virtualOffsets);
    if (i < 0) return [];
    const starts = this.table('virtualStarts');
    return Array.from(this.table('virtualProviders').subarray(starts[i], starts[i + 1]));
  }

  /** Packages marked `Essential: yes`, or of priority required. */
  marked(which: 'essential' | 'required'): number[] {
    return Array.from(this.table(which));
  }

  private readonly tables = new Map<Table, Uint32Array>();

  private table(name: Table): Uint32Array {
    let table = this.tables.get(name);
    if (!table) {
      const [at, length] = this.description.tables[name];
      const from = this.bytes.byteOffset + this.tablesStart + at;
      table =
        from % 4 === 0
          ? new Uint32Array(this.bytes.buffer, from, length / 4)
          : new Uint32Array(new Uint8Array(this.bytes.subarray(this.tablesStart + at, this.tablesStart + at + length)).buffer);
      this.tables.set(name, table);
    }
    return table;
  }

  private text(name: Table): string {
    const [at, length] = this.description.tables[name];
    return this.bytes.toString('latin1', this.tablesStart + at, this.tablesStart + at + length);
  }
}

function search(name: string, text: string, offsets: Uint32Array): number {
  let low = 0;
  let high = offsets.length - 2;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = text.slice(offsets[middle], offsets[middle + 1]);
    if (found === name) return middle;
    if (found < name) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
