/**
 * B-trees of records, written once: https://www.sqlite.org/fileformat2.html, section 1.6. A record must fit into its page: overflow pages
 * are not supported.
 */
import { encodeVarint } from './record.ts';

export const PAGE_SIZE = 4096;
/** Bytes of the file's header, in the first page. */
export const FILE_HEADER = 100;

const INTERIOR_INDEX = 2;
const INTERIOR_TABLE = 5;
const LEAF_INDEX = 10;
const LEAF_TABLE = 13;
/** The maximum bytes of a record, so that a page always holds four. */
const MOST_LOCAL = Math.floor(((PAGE_SIZE - 12) * 64) / 255) - 23;

/** Pages of a file, numbered from 1. */
export class Pages {
  readonly all: Buffer[] = [];

  add(page: Buffer): number {
    return this.all.push(page);
  }
}

interface Entry {
  record: Buffer;
  /** Of a table's row. */
  rowId?: number;
}

/** Returns the root's page. Rows must be in ascending order of their numbers. */
export function writeTable(pages: Pages, rows: readonly { rowId: number; record: Buffer }[]): number {
  return writeTree(pages, rows, true);
}

/** Returns the root's page. Records must ascend. */
export function writeIndex(pages: Pages, records: readonly Buffer[]): number {
  return writeTree(
    pages,
    records.map((record) => ({ record })),
    false,
  );
}

/** Returns a page with a single leaf; its first `offset` bytes stay free. */
export function leafPage(rows: readonly Entry[], offset = 0): Buffer {
  return encodePage(LEAF_TABLE, rows.map(leafCell), undefined, offset);
}

interface Subtree {
  page: number;
  /** The divider between this subtree and the next; the last has none. */
  divider?: Entry;
}

function writeTree(pages: Pages, entries: readonly Entry[], isTable: boolean): number {
  let level: Subtree[] = split(entries, leafCell, 8, isTable).map(({ inside, divider }) => ({
    page: pages.add(encodePage(isTable ? LEAF_TABLE : LEAF_INDEX, inside.map(leafCell))),
    ...(divider && { divider }),
  }));
  while (level.length > 1) {
    const children = new Map(level.map(({ page, divider }) => [divider, page]));
    const cell = (entry: Entry): Buffer => interiorCell(children.get(entry)!, entry);
    const groups = split(
      level.slice(0, -1).map(({ divider }) => divider!),
      cell,
      12,
      false,
    );
    level = groups.map(({ inside, divider }) => {
      const rightmost = children.get(divider)!;
      return {
        page: pages.add(encodePage(isTable ? INTERIOR_TABLE : INTERIOR_INDEX, inside.map(cell), rightmost)),
        ...(divider && { divider }),
      };
    });
  }
  return level[0]!.page;
}

/**
 * Fills pages in turn. The divider between two pages is, in a table, a copy of the left one's last entry (`keep`); in an index it is the
 * next entry, which is then in neither page.
 */
function split(
  entries: readonly Entry[],
  cell: (entry: Entry) => Buffer,
  header: number,
  keep: boolean,
): { inside: Entry[]; divider?: Entry }[] {
  const groups: { inside: Entry[]; divider?: Entry }[] = [];
  let inside: Entry[] = [];
  let free = PAGE_SIZE - header;
  entries.forEach((entry, n) => {
    const need = cell(entry).length + 2;
    if (need > free) {
      const isLast = n === entries.length - 1;
      // A page must not be empty: where no entry follows the divider, the previous entry becomes the divider.
      const divider = keep ? inside.at(-1)! : isLast ? inside.pop()! : entry;
      groups.push({ inside, divider });
      inside = [];
      free = PAGE_SIZE - header;
      if (!keep && !isLast) return;
    }
    inside.push(entry);
    free -= need;
  });
  groups.push({ inside });
  return groups;
}

function leafCell({ record, rowId }: Entry): Buffer {
  if (record.length > MOST_LOCAL) throw new RangeError(`a record of ${record.length} bytes does not fit its page`);
  return Buffer.concat([encodeVarint(record.length), ...(rowId === undefined ? [] : [encodeVarint(rowId)]), record]);
}

function interiorCell(child: number, entry: Entry): Buffer {
  const pointer = Buffer.alloc(4);
  pointer.writeUInt32BE(child);
  return Buffer.concat([pointer, entry.rowId === undefined ? leafCell(entry) : encodeVarint(entry.rowId)]);
}

/** Cells fill the page from its end; their offsets follow the header, in order. */
function encodePage(type: number, cells: Buffer[], rightmost?: number, offset = 0): Buffer {
  const b = Buffer.alloc(PAGE_SIZE);
  const header = rightmost === undefined ? 8 : 12;
  let start = PAGE_SIZE;
  cells.forEach((cell, n) => {
    start -= cell.length;
    b.set(cell, start);
    b.writeUInt16BE(start, offset + header + 2 * n);
  });
  if (offset + header + 2 * cells.length > start) throw new RangeError('more cells than a page holds');
  b.writeUInt8(type, offset);
  b.writeUInt16BE(cells.length, offset + 3);
  b.writeUInt16BE(start, offset + 5);
  if (rightmost !== undefined) b.writeUInt32BE(rightmost, offset + 8);
  return b;
}
