/** /nix/var/nix/db/db.sqlite: Nix's database of valid paths, so that Nix works from the first boot on. */
import { formatHash, parseHash } from '../../../nix-format/hash.ts';
import { encodeDatabase, type TableContents } from '../../../disk/sqlite/database.ts';
import type { ValidPathInfo } from '../../../store/store.ts';
import { file, type DirectoryNode } from '../../../tree/file-tree.ts';
import { placeNode } from '../../../tree/place.ts';

/** The version of the tables below, in the file `schema` beside them: unchanged since Nix 1.12. */
const NIX_SCHEMA = '10';
/** When every path was registered: the image's own time. */
const REGISTERED = 1;

/** Puts the database and the file with its version into an image's tree. */
export function placeNixDatabase(root: DirectoryNode, infos: readonly ValidPathInfo[]): void {
  placeNode(root, 'nix/var/nix/db/db.sqlite', file(encodeNixDatabase(infos)));
  placeNode(root, 'nix/var/nix/db/schema', file(NIX_SCHEMA));
}

/** The database with these paths, whose references must all be among them. */
export function encodeNixDatabase(infos: readonly ValidPathInfo[]): Buffer {
  const sorted = [...infos].sort((a, b) => (a.path < b.path ? -1 : 1));
  const numbers = new Map(sorted.map(({ path }, n) => [path, n + 1]));
  const references = sorted.flatMap(({ path, references: names }) =>
    names.map((name) => {
      const found = numbers.get(name);
      if (found === undefined) throw new Error(`'${path}' refers to '${name}', which is not in the image`);
      return [numbers.get(path)!, found];
    }),
  );
  const validPaths: TableContents = {
    name: 'ValidPaths',
    sql:
      'CREATE TABLE ValidPaths (id integer primary key autoincrement not null, path text unique not null, hash text not null, ' +
      'registrationTime integer not null, deriver text, narSize integer, ultimate integer, sigs text, ca text)',
    rows: sorted.map(({ path, narHash, narSize, deriver, ca }) => [
      null,
      path,
      formatHash(parseHash(narHash, 'sha256'), 'base16', true),
      REGISTERED,
      deriver ?? null,
      narSize,
      null,
      null,
      ca ?? null,
    ]),
    indexes: [{ name: 'sqlite_autoindex_ValidPaths_1', columns: [1] }],
  };
  const refs: TableContents = {
    name: 'Refs',
    sql:
      'CREATE TABLE Refs (referrer integer not null, reference integer not null, primary key (referrer, reference), foreign key ' +
      '(referrer) references ValidPaths(id) on delete cascade, foreign key (reference) references ValidPaths(id) on delete restrict)',
    rows: references,
    indexes: [
      { name: 'sqlite_autoindex_Refs_1', columns: [0, 1] },
      { name: 'IndexReferrer', sql: 'CREATE INDEX IndexReferrer on Refs(referrer)', columns: [0] },
      { name: 'IndexReference', sql: 'CREATE INDEX IndexReference on Refs(reference)', columns: [1] },
    ],
  };
  const derivationOutputs: TableContents = {
    name: 'DerivationOutputs',
    sql:
      'CREATE TABLE DerivationOutputs (drv integer not null, id text not null, path text not null, primary key (drv, id), foreign key ' +
      '(drv) references ValidPaths(id) on delete cascade)',
    rows: [],
    indexes: [
      { name: 'sqlite_autoindex_DerivationOutputs_1', columns: [0, 1] },
      { name: 'IndexDerivationOutputs', sql: 'CREATE INDEX IndexDerivationOutputs on DerivationOutputs(path)', columns: [2] },
    ],
  };
  const sequence: TableContents = {
    name: 'sqlite_sequence',
    sql: 'CREATE TABLE sqlite_sequence(name,seq)',
    rows: [['ValidPaths', sorted.length]],
    indexes: [],
  };
  return encodeDatabase(
    [validPaths, sequence, refs, derivationOutputs],
    [
      {
        name: 'DeleteSelfRefs',
        table: 'ValidPaths',
        sql:
          'CREATE TRIGGER DeleteSelfRefs before delete on ValidPaths begin delete from Refs where referrer = old.id and reference = ' +
          'old.id; end',
      },
    ],
  );
}
