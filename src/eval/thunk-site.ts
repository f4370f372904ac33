/** What the code of thunks stands for, for errors. */
import type { Pos } from '../lang/position.ts';

export type ThunkCode = (env: any) => unknown;

export interface ThunkSite {
  /** The variable or attribute that the expression was bound to. */
  name: string | null;
  pos: Pos;
  /** The value is what the function of that name returns, rather than what is bound to the name. */
  call?: boolean;
}

interface Table {
  codes: ThunkCode[];
  sites: (ThunkSite | Pos)[];
}

const tables: Table[] = [];
let table: Table | undefined;

/** Two array pushes, as this is done for every binding that is compiled. */
export function noteThunkSite(code: ThunkCode, name: string | null, pos: Pos): void {
  if (!table || table.codes.length > 50000) tables.push((table = { codes: [], sites: [] }));
  table.codes.push(code);
  table.sites.push(name === null ? pos : { name, pos });
}

const describers = new Map<ThunkCode, (env: any) => ThunkSite | undefined>();

/** Tells how thunks of code that is part of the evaluator, such as lazy calls, are described: by what they were made with. */
export function describeThunksOf(code: ThunkCode, describe: (env: any) => ThunkSite | undefined): void {
  describers.set(code, describe);
}

/** What a thunk stands for. A linear search: only errors ask. */
export function siteOf(code: ThunkCode, env?: unknown): ThunkSite | undefined {
  if (env !== undefined && describers.has(code)) return describers.get(code)!(env);
  for (const { codes, sites } of tables) {
    const i = codes.indexOf(code);
    if (i >= 0) {
      const site = sites[i]!;
      return typeof site === 'number' ? { name: null, pos: site } : site;
    }
  }
  return undefined;
}
