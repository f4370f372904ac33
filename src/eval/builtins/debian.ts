/** The two builtins of our own that the Debian distribution is made with. */
import { BootflakeError } from '../../base/errors.ts';
import { derivationTable, type DerivationTable } from '../../derive/derivation-table.ts';
import type { Derivation } from '../../nix-format/derivation.ts';
import { structuredAttrs } from '../../nix-format/structured-attrs.ts';
import { Attrs, Shape } from '../attrs.ts';
import { coerceToPath, coerceToString } from '../coerce.ts';
import { ContextCollector, type Context } from '../context.ts';
import { evalError } from '../error.ts';
import type { Evaluator } from '../evaluator.ts';
import { forceAttrs, forceList, forceStringNoContext, requireAttr } from '../expect.ts';
import { force, makeThunk } from '../force.ts';
import type { DebianArchive, DebianPackageRecord, RepositorySource } from '../host.ts';
import { decodeBytes, encodeBytes } from '../../lang/bytes.ts';
import { noPos, type Pos } from '../../lang/position.ts';
import { NixString, PrimOp, Thunk, type BuiltinDef, type Forced, type Value } from '../value.ts';
import { contextElement, realiseContext } from './realise.ts';

const RECORD_FIELDS = [
  'pname',
  'version',
  'architecture',
  'filename',
  'archive',
  'repository',
  'suite',
  'component',
  'sha256',
  'size',
  'installedSize',
  'description',
  'section',
  'priority',
  'essential',
  'provides',
  'depends',
  'homepage',
] as const satisfies readonly (keyof DebianPackageRecord)[];
const recordShape = new Shape([...RECORD_FIELDS]);

const packageSets = new WeakMap<DebianArchive, Attrs>();

/** One small object a package until it is asked for, as there are 65,000. Records never change, so all evaluations share them. */
function packagesOf(archive: DebianArchive): Attrs {
  const made = packageSets.get(archive);
  if (made) return made;
  const read = (name: string): Forced => {
    const record = archive.record(name);
    return new Attrs(
      recordShape,
      RECORD_FIELDS.map((field): Value => record[field]),
    );
  };
  const names = archive.names();
  const values: Value[] = new Array(names.length);
  for (let i = 0; i < values.length; i++) values[i] = new Thunk(read, names[i]!);
  const packages = new Attrs(new Shape(names), values);
  packageSets.set(archive, packages);
  return packages;
}

/** Makes an error of the archive one of the program at `pos`. */
function passOn<T>(pos: Pos, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof BootflakeError) {
      throw evalError(error.code, encodeBytes(error.message), pos, error.hint === undefined ? undefined : encodeBytes(error.hint));
    }
    throw error;
  }
}

function archiveValue(ev: Evaluator, archive: DebianArchive, pos: Pos): Attrs {
  const primop = (def: BuiltinDef): PrimOp => new PrimOp(ev, def);
  return Attrs.from([
    ['suite', archive.suite],
    ['packages', makeThunk(() => packagesOf(archive))],
    ['components', [...archive.components]],
    ['allComponents', makeThunk(() => archiveValue(ev, passOn(pos, () => archive.allComponents) ?? archive, pos))],
    [
      'providers',
      primop({
        name: 'providers',
        args: ['name'],
        doc: 'The names of the packages that provide a virtual package.',
        run: (_ev, pos, name) => archive.providers(forceStringNoContext(name!, pos, "the argument of the archive's providers")).slice(),
      }),
    ],
    [
      'resolve',
      primop({
        name: 'resolve',
        args: ['roots'],
        doc: 'The dependency closure of package names, in install order; `"@essential"` stands for all essential and required packages.',
        run(_ev, pos, roots) {
          const what = "the argument of the archive's resolve";
          const names = forceList(roots!, pos, what).map((root) => forceStringNoContext(root, pos, what));
          return passOn(pos, () => archive.resolve(names).slice());
        },
      }),
    ],
  ]);
}

/** Adds the contexts of all strings in a value; it is evaluated deeply, but derivations only to their path. */
function collectContext(ev: Evaluator, v: Value, context: ContextCollector, seen: Set<object>, pos: Pos): void {
  const f = force(v);
  if (f instanceof NixString) context.addAll(f.context);
  else if (Array.isArray(f)) {
    if (seen.has(f)) return;
    seen.add(f);
    for (const element of f) collectContext(ev, element, context, seen, pos);
  } else if (f instanceof Attrs) {
    if (seen.has(f)) return;
    seen.add(f);
    if (f.has('outPath') || f.has('__toString')) coerceToString(ev, f, context, {}, pos);
    else for (const value of f.sortedValues()) collectContext(ev, value, context, seen, pos);
  }
}

type Roots = ReadonlySet<string>;
const rootsByEvaluator = new WeakMap<Evaluator, Map<string, Roots>>();

/** The Debian packages that a derivation reaches. Kept by derivation; a derivation's own `debianPackage` ends the walk. */
function rootsOf(ev: Evaluator, drvPath: string, table: DerivationTable): Roots {
  let known = rootsByEvaluator.get(ev);
  if (!known) rootsByEvaluator.set(ev, (known = new Map()));
  const memo = known;
  const visit = (path: string): Roots => {
    const found = memo.get(path);
    if (found) return found;
    const drv = table.get(path);
    const names = debianPackages(drv);
    const roots = new Set<string>(names);
    if (names === undefined) for (const input of drv.inputDrvs.keys()) for (const root of visit(input)) roots.add(root);
    memo.set(path, roots);
    return roots;
  };
  return visit(drvPath);
}

/** The packages that a derivation stands for, whatever it is built from: those that its output needs. */
function debianPackages(drv: Derivation): string[] | undefined {
  const runtime = drv.env.get('debianPackages');
  if (runtime !== undefined) return runtime.split(' ').filter((name) => name !== '');
  const plain = drv.env.get('debianPackage');
  if (plain !== undefined) return [plain];
  // Most derivations have none: the text is looked at before it is parsed.
  if (!drv.env.get('__json')?.includes('"debianPackage"')) return undefined;
  const value = structuredAttrs(drv)!.debianPackage;
  return typeof value === 'string' ? [encodeBytes(value)] : undefined;
}

function debianRoots(ev: Evaluator, context: Context): string[] {
  const table = derivationTable(ev);
  const roots = new Set<string>();
  for (const encoded of context) {
    const element = contextElement(encoded);
    if (element.kind !== 'path') for (const root of rootsOf(ev, element.drvPath, table)) roots.add(root);
    else if (element.path.endsWith('.drv')) for (const root of rootsOf(ev, element.path, table)) roots.add(root);
  }
  return [...roots].sort();
}

function repositorySources(ev: Evaluator, v: Value, context: ContextCollector, pos: Pos): RepositorySource[] {
  const what = "the attribute 'repositories' of the argument of builtins.debianArchive";
  const repositories = forceAttrs(v, pos, what);
  return repositories.names().map((name) => {
    const repository = forceAttrs(repositories.get(name)!, pos, what);
    const source = coerceToPath(ev, requireAttr(repository, 'source', pos, what), context, pos, what);
    const packages = repository.has('packages') ? force(repository.get('packages')!) : null;
    return {
      name: decodeBytes(name),
      source,
      packages: packages === null ? undefined : forceList(packages, pos, what).map((item) => forceStringNoContext(item, pos, what)),
    };
  });
}

export const debianBuiltins: BuiltinDef[] = [
  {
    name: 'debianArchive',
    args: ['args'],
    doc:
      'The package archive that the distribution in the folder `source` pins, with the apt repositories `repositories` (name -> ' +
      '`{ source; packages; }`, where *packages* is null or a list): `{ suite; packages; providers; resolve; components; ' +
      'allComponents; }`. *packages* has one record a binary package of the component main; *providers* gives the packages that ' +
      'provide a name; *resolve* the dependency closure of a list of names. *components* names the other components that are pinned, ' +
      'and *allComponents* is the archive with their packages; their index is fetched when it is used.',
    run(ev, pos, v) {
      const attrs = forceAttrs(v!, pos, 'the argument passed to builtins.debianArchive');
      const context = new ContextCollector();
      const source = coerceToPath(
        ev,
        requireAttr(attrs, 'source', pos, 'the argument of builtins.debianArchive'),
        context,
        attrs.posOf('source') || noPos,
        "the attribute 'source' of the argument of builtins.debianArchive",
      );
      const repositories = attrs.has('repositories') ? repositorySources(ev, attrs.get('repositories')!, context, pos) : [];
      realiseContext(ev, context.context, pos);
      return archiveValue(ev, ev.host.debianArchive(source, repositories), pos);
    },
  },
  {
    name: 'debianRoots',
    args: ['value'],
    doc:
      'The sorted names of the Debian packages that the strings in *value* refer to, directly or through what is to be built: no ' +
      'derivation is built for that. A derivation with the attribute `debianPackage` stands for the package of that name, one with ' +
      '`debianPackages` for those.',
    run(ev, pos, v) {
      const context = new ContextCollector();
      collectContext(ev, v!, context, new Set(), pos);
      return debianRoots(ev, context.context);
    },
  },
];
