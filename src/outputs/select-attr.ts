/** Finding an attribute of a flake by the paths that it may have. */
import { Attrs } from '../eval/attrs.ts';
import { force } from '../eval/force.ts';
import { isOfferedText } from '../eval/offered-name.ts';
import type { Forced, Value } from '../eval/value.ts';
import { decodeBytes, encodeBytes } from '../lang/bytes.ts';
import { flakeError } from '../base/flake-error.ts';
import { printAttrPath } from '../flake/attr-path.ts';
import { nearest } from '../lang/nearest.ts';
import { suggestNames } from '../flake/suggest.ts';

export interface Selected {
  path: string[];
  value: Forced;
  /** The value as it stands in what holds it: for printing (eval/print.ts). */
  slot: Value;
}

export interface MissingAttribute {
  missing: string;
  /** How many names of the path there are before it. */
  depth: number;
  /** What there is in its place. */
  names: readonly string[];
  /** What was looked into. */
  holder: Forced;
}

/** The value at a path, or how far the path leads. Evaluates only what lies on the way; `each` is given every value there before it is looked into. */
export function followAttrPath(
  root: Value,
  path: readonly string[],
  each: (value: Forced) => Forced = (value) => value,
): { value: Forced; slot: Value } | MissingAttribute {
  let slot = root;
  let value = force(root);
  for (const [depth, name] of path.entries()) {
    let next: Value | undefined;
    value = each(value);
    if (value instanceof Attrs) next = value.get(encodeBytes(name));
    else if (Array.isArray(value) && /^[0-9]+$/.test(name)) next = value[Number(name)];
    if (next === undefined)
      return { missing: name, depth, names: value instanceof Attrs ? value.names().map(decodeBytes) : [], holder: value };
    slot = next;
    value = force(next);
  }
  return { value, slot };
}

interface Failure {
  path: readonly string[];
  missing: string;
  depth: number;
  names: readonly string[];
  holder: Forced;
}

/** The first of the paths that exists. Throws `flake/missing-attribute`, which names what exists instead. */
export function selectFirst(root: Value, candidates: readonly string[][], flakeName: string, each?: (value: Forced) => Forced): Selected {
  const failures: Failure[] = [];
  for (const path of candidates) {
    const found = followAttrPath(root, path, each);
    if ('value' in found) return { path, ...found };
    failures.push({ path, ...found });
  }
  const names = candidates.map((path) => `'${printAttrPath(path)}'`);
  const listed = names.length > 1 ? `${names.slice(0, -1).join(', ')} or ${names.at(-1)}` : names.join('');
  const telling = mostTelling(failures);
  const place = telling && telling.depth > 0 ? `'${printAttrPath(telling.path.slice(0, telling.depth))}'` : 'the flake';
  throw flakeError(
    'missing-attribute',
    `flake '${flakeName}' does not provide attribute ${listed}`,
    telling && (imageHint(telling) ?? suggestNames(telling.missing, telling.names, place, (name) => isOfferedText(telling.holder, name))),
  );
}

/** A configuration of a machine that was never to be an image lacks the module that makes one. */
function imageHint({ path, depth, missing }: Failure): string | undefined {
  if (path[0] !== 'nixosConfigurations' || path[depth - 1] !== 'build' || !['image', 'qcow2', 'raw', 'vm'].includes(missing))
    return undefined;
  return 'None of its modules makes an image. `bootflake flake init` in an empty folder writes one that does, qcow.nix: add it to `modules`.';
}

/** Of several failures the one that led furthest along what the user wrote, then the one that knows a similar name. */
function mostTelling(failures: Failure[]): Failure | undefined {
  const score = (failure: Failure): number => {
    const own = failure.depth - prefixLength(failure.path);
    return own < 0 ? -1 : own * 2 + (nearest(failure.missing, failure.names).length ? 1 : 0);
  };
  // Of equals the later: the path as it was written comes after those with a prefix of ours.
  return failures.reduce<Failure | undefined>((best, failure) => (best && score(best) > score(failure) ? best : failure), undefined);
}

/** How many leading names of a candidate are ours, not the user's: `packages.SYSTEM`. */
function prefixLength(path: readonly string[]): number {
  return path[0] === 'packages' || path[0] === 'legacyPackages' ? 2 : path[0] === 'nixosConfigurations' ? 1 : 0;
}
