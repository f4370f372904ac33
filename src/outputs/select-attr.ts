/** Finds an attribute of a flake by its possible paths. */
import { Attrs, decodeBytes, encodeBytes, force, type Forced, isOfferedText, nearest, type Value } from '../evaluator/index.ts';
import { flakeError } from '../base/flake-error.ts';
import { printAttrPath } from '../flake/attr-path.ts';
import { suggestNames } from '../flake/suggest.ts';

export interface Selected {
  path: string[];
  value: Forced;
  /** The unforced value in its container, for printing (eval/print.ts). */
  slot: Value;
}

export interface MissingAttribute {
  missing: string;
  /** The number of names in the path before it. */
  depth: number;
  /** The existing names. */
  names: readonly string[];
  /** The value that lacks it. */
  holder: Forced;
}

/**
 * Returns the value at a path, or how far the path leads. Evaluates only the values on the way; `each` is called with each of them first.
 */
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

/** Returns the first path that exists. Throws `flake/missing-attribute`, which names what exists instead. */
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

/** The hint for a configuration that lacks the module that makes an image. */
function imageHint({ path, depth, missing }: Failure): string | undefined {
  if (path[0] !== 'nixosConfigurations' || path[depth - 1] !== 'build' || !['image', 'qcow2', 'raw', 'vm'].includes(missing))
    return undefined;
  return 'Add a module that makes an image to `modules`. Run: bootflake flake init  in an empty folder to get one, qcow.nix.';
}

/** Returns the failure that got furthest along the user's path, then the one with a similar name. */
function mostTelling(failures: Failure[]): Failure | undefined {
  const score = (failure: Failure): number => {
    const own = failure.depth - prefixLength(failure.path);
    return own < 0 ? -1 : own * 2 + (nearest(failure.missing, failure.names).length ? 1 : 0);
  };
  // The later of equals: the literal path comes after those with an added prefix.
  return failures.reduce<Failure | undefined>((best, failure) => (best && score(best) > score(failure) ? best : failure), undefined);
}

/** Returns how many leading names of a candidate were added: `packages.SYSTEM`. */
function prefixLength(path: readonly string[]): number {
  return path[0] === 'packages' || path[0] === 'legacyPackages' ? 2 : path[0] === 'nixosConfigurations' ? 1 : 0;
}
