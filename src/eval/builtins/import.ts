import { outputString } from '../../derive/derivation-strict.ts';
import { derivationTable } from '../../derive/derivation-table.ts';
import { parseStorePath } from '../../nix-format/store-path.ts';
import { Attrs } from '../attrs.ts';
import type { Evaluator } from '../evaluator.ts';
import { forceAttrs } from '../expect.ts';
import { NixString, type BuiltinDef, type Value } from '../value.ts';
import { realisePath } from './realise.ts';

/** A `.drv` file as the set that `derivation` would give, with `name` and `outputs`. */
function derivationFromFile(ev: Evaluator, drvPath: string): Attrs {
  const drv = derivationTable(ev).get(drvPath);
  const outputs = [...drv.outputs.keys()].sort();
  const common: [string, Value][] = [
    ['drvPath', new NixString(drvPath, new Set([`=${drvPath}`]))],
    ['name', drv.env.get('name') ?? ''],
    ['outputs', outputs],
    ['type', 'derivation'],
  ];
  const byOutput = new Map<string, Attrs>();
  const sets: Attrs[] = [];
  // The sets name each other, so their attributes are filled in when all of them are there.
  const place = Attrs.from([...common, ...outputs.map((name): [string, Value] => [name, null]), ['all', sets as Value]]);
  for (const name of outputs) {
    const set = place.update(
      Attrs.from([
        ['outPath', outputString(drvPath, name, drv.outputs.get(name)!.path)],
        ['outputName', name],
      ]),
    );
    byOutput.set(name, set);
    sets.push(set);
  }
  for (const set of sets) for (const name of outputs) set.values[set.shape.slot(name)] = byOutput.get(name)!;
  return sets[0]!;
}

export const importBuiltins: BuiltinDef[] = [
  {
    name: 'import',
    args: ['path'],
    global: true,
    doc: 'The value of the Nix file *path*, or of `default.nix` in the directory *path*. A file is evaluated once, whoever imports it.',
    run(ev, pos, v) {
      const path = realisePath(ev, v!, pos, 'the argument passed to builtins.import');
      if (path.endsWith('.drv') && parseStorePath(path, ev.host.storeDir) && ev.host.isValidPath(path)) return derivationFromFile(ev, path);
      return ev.importPath(path, pos);
    },
  },
  {
    name: 'scopedImport',
    args: ['scope', 'path'],
    global: true,
    doc: 'As `import`, with the attributes of *scope* as further variables of the file, before the builtins. Evaluated anew each time.',
    run(ev, pos, scope, v) {
      const path = realisePath(ev, v!, pos, 'the second argument passed to builtins.scopedImport');
      return ev.scopedImport(forceAttrs(scope!, pos, 'the first argument passed to builtins.scopedImport'), path);
    },
  },
];
