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
  return { source, names, drvPath: debianTree(engine, { source, names }) };
}

/** Evaluates the merged tree of packages, with the essential ones: what a shell needs. Returns its derivation. */
export function debianTree(engine: FlakeEngine, { source, names }: DebianPackages): string {
  const list = names.map((name) => quoteString(encodeBytes(name))).join(' ');
  engine.allowTree(source);
  const text = `(import ${source}/pkgs { unfreeChecked = true; }).debianTree { name = "usr"; packages = [ ${list} ]; }`;
  const tree = force(engine.evaluator.evalString(encodeBytes(text), '/'));
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
