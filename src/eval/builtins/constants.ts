import { Attrs } from '../attrs.ts';
import type { BuiltinDef, Value } from '../value.ts';

/** The version of Nix whose language and builtins these are. */
export const NIX_VERSION = '2.34.8';

export const constantBuiltins: BuiltinDef[] = [
  { name: 'true', args: [], global: true, doc: 'The Boolean true.', run: () => true },
  { name: 'false', args: [], global: true, doc: 'The Boolean false.', run: () => false },
  { name: 'null', args: [], global: true, doc: 'The value `null`.', run: () => null },
  { name: 'builtins', args: [], global: true, doc: 'The set of all builtins.', run: (ev) => ev.builtins },
  { name: 'nixVersion', args: [], doc: 'The version of Nix whose language this is.', run: () => NIX_VERSION },
  { name: 'langVersion', args: [], doc: 'The version of the Nix language.', run: () => 6 },
  { name: 'storeDir', args: [], doc: 'The directory of the store, `"/nix/store"`.', run: (ev) => ev.host.storeDir },
  {
    name: 'currentSystem',
    args: [],
    impure: true,
    doc: 'The system that evaluates, e.g. `"x86_64-linux"`. Not in pure evaluation.',
    run: (ev) => ev.host.currentSystem,
  },
  {
    name: 'currentTime',
    args: [],
    impure: true,
    doc: 'Seconds since 1970 when it is first asked for. Not in pure evaluation.',
    run: (ev) => ev.host.currentTime(),
  },
  {
    name: 'nixPath',
    args: [],
    doc: 'The search path of `<name>`: a list of `{ prefix, path }`.',
    run: (ev) =>
      ev.searchPath.map(
        ({ prefix, path }): Value =>
          Attrs.from([
            ['path', path],
            ['prefix', prefix],
          ]),
      ),
  },
];
