/** A complete SQLite database: https://www.sqlite.org/fileformat2.html . */
import { FILE_HEADER, leafPage, PAGE_SIZE, Pages, writeIndex, writeTable } from './b-tree.ts';
import { compareCells, encodeRecord, type Cell } from './record.ts';

export interface TableContents {
  name: string;
  sql: string;
  /** Values in the order of the columns. Rows are numbered from 1; a column that is an alias of the number holds null. */
  rows: Cell[][];
  indexes: { name: string /** Absent for what a `unique` or `primary key` of the table implies. */; sql?: string; columns: number[] }[];
}

export interface SchemaTrigger {
  name: string;
  table: string;
  sql: string;
}

/** The SQLite version in the header: 3.40.1. */
const SQLITE_VERSION = 3040001;

export function encodeDatabase(tables: readonly TableContents[], triggers: readonly SchemaTrigger[]): Buffer {
  const pages = new Pages();
  pages.add(Buffer.alloc(PAGE_SIZE));
  const schema: Cell[][] = [];
  for (const { name, sql, rows, indexes } of tables) {
    schema.push([
      'table',
      name,
      name,
      writeTable(
        pages,
        rows.map((row, n) => ({ rowId: n + 1, record: encodeRecord(row) })),
      ),
      sql,
    ]);
    for (const index of indexes) {
      const keys = rows.map((row, n) => [...index.columns.map((column) => row[column]!), n + 1]).sort(compareCells);
      schema.push(['index', index.name, name, writeIndex(pages, keys.map(encodeRecord)), index.sql ?? null]);
    }
  }
  for (const { name, table, sql } of triggers) schema.push(['trigger', name, table, 0, sql]);
  const first = leafPage(
    schema.map((row, n) => ({ rowId: n + 1, record: encodeRecord(row) })),
    FILE_HEADER,
  );
  encodeFileHeader(first, pages.all.length);
  return Buffer.concat([first, ...pages.all.slice(1)]);
}

function encodeFileHeader(b: Buffer, pageCount: number): void {
  b.write('SQLite format 3\0', 0, 'latin1');
  b.writeUInt16BE(PAGE_SIZE, 16);
  b.writeUInt8(1, 18); // written and read with a rollback journal
  b.writeUInt8(1, 19);
  b.writeUInt8(64, 21); // payload fractions, which are fixed
  b.writeUInt8(32, 22);
  b.writeUInt8(32, 23);
  b.writeUInt32BE(1, 24); // file change counter
  b.writeUInt32BE(pageCount, 28);
  b.writeUInt32BE(1, 40); // schema cookie
  b.writeUInt32BE(4, 44); // schema format
  b.writeUInt32BE(1, 56); // UTF-8
  b.writeUInt32BE(1, 92); // the change counter when the next field was written
  b.writeUInt32BE(SQLITE_VERSION, 96);
}
