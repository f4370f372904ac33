/** The packages of Debian that something needs to run, whose programs and libraries are in /usr. */
import { call, encodeBytes, force, type Forced, isString, charsOf, decodeBytes, quoteString, Attrs } from '../evaluator/index.ts';
import { allInputs, isFollows } from '../flake/lock-file.ts';
import type { FlakeEngine, OpenedFlake } from '../session/engine.ts';
import type { DebianPackages } from '../session/session-types.ts';
import { derivationInfo } from './derivation-info.ts';

/** Returns undefined for a value that mentions no package of Debian, or whose flake has no Debian. */
export function debianPackages(
  engine: FlakeEngine,
  opened: OpenedFlake,
  value: Forced,
): (DebianPackages & { drvPath: string }) | undefined {
  const source = distributionOf(engine, opened);
  if (source === undefined) return undefined;
  // An app is described by its program alone.
  const described = value instanceof Attrs && value.has('program') && !value.has('outPath') ? value.get('program')! : value;
  const roots = force(call(engine.evaluator.evalString(encodeBytes('builtins.debianRoots'), '/'), described));
  const names = (roots as Forced[]).map((name) => textOf(force(name)));
  if (names.length === 0) return undefined;
  const packages = { source, names, repositories: repositoriesOf(engine, opened, source, names) };
  return { ...packages, drvPath: debianTree(engine, packages) };
}

/** The apt repositories among a flake's inputs, by their names, if it takes them to know all packages. */
function repositoriesOf(engine: FlakeEngine, { root }: OpenedFlake, source: string, names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [path, edge] of allInputs(root)) {
    const input = isFollows(edge) ? undefined : edge.lock?.locked.input;
    if (input?.type === 'apt') found[path.join('/')] = engine.loader.fetchAttrs(input, { final: true }).storePath;
  }
  if (Object.keys(found).length === 0) return found;
  engine.allowTree(source);
  const known = `p: builtins.all (name: p.packages ? \${name} || p.providers name != [ ]) ${listOf(names)}`;
  const isKnown = engine.evaluator.evalString(`(${known}) (builtins.debianArchive { source = ${source}; })`, '/');
  return force(isKnown) === true ? {} : found;
}

function listOf(names: readonly string[]): string {
  return `[ ${names.map((name) => quoteString(encodeBytes(name))).join(' ')} ]`;
}

/** Evaluates the merged tree of packages, with the essential ones: what a shell needs. Returns its derivation. */
export function debianTree(engine: FlakeEngine, { source, names, repositories = {} }: DebianPackages): string {
  engine.allowTree(source);
  const sources = Object.entries(repositories).map(([name, path]) => {
    engine.allowTree(path);
    return `${quoteString(encodeBytes(name))} = ${path};`;
  });
  const config = sources.length > 0 ? `config.debian.repositories = { ${sources.join(' ')} }; ` : '';
  const set = `import ${source}/pkgs { unfreeChecked = true; ${config}}`;
  const text = `(${set}).debianTree { name = "usr"; packages = ${listOf(names)}; }`;
  const tree = force(engine.evaluator.evalString(text, '/'));
  return derivationInfo(tree as Attrs, 'debianTree', 'default').drvPath;
}

/** The source of the Debian that a flake is, or has as an input: its own before those of its inputs. */
function distributionOf(engine: FlakeEngine, { flake, root }: OpenedFlake): string | undefined {
  if (flake.locked.input.type === 'debian') return flake.storePath;
  for (const [, edge] of allInputs(root)) {
    const input = isFollows(edge) ? undefined : edge.lock?.locked.input;
    if (input?.type === 'debian') return engine.loader.fetchAttrs(input, { final: true }).storePath;
  }
  return undefined;
}

function textOf(value: Forced): string {
  return isString(value) ? decodeBytes(charsOf(value)) : '';
}
