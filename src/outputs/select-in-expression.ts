import { Attrs, describeType, type Forced, isOfferedText, type Value } from '../evaluator/index.ts';
import type { BootflakeError } from '../base/errors.ts';
import { printAttrPath } from '../flake/attr-path.ts';
import { flakeError } from '../base/flake-error.ts';
import { followAttrPath, type MissingAttribute, type Selected } from './select-attr.ts';
import { suggestNames } from '../flake/suggest.ts';

/**
 * Returns the value at a path in an expression or a file, which is not a flake and has no outputs. `what` names it in hints. Throws
 * `flake/missing-attribute` in Nix's words.
 */
export function selectInExpression(root: Value, path: readonly string[], what: string, each?: (value: Forced) => Forced): Selected {
  const found = followAttrPath(root, path, each);
  if ('value' in found) return { path: [...path], ...found };
  throw missing(path, found, what);
}

function missing(path: readonly string[], { missing: name, depth, names, holder }: MissingAttribute, what: string): BootflakeError {
  const selection = `selection path '${printAttrPath(path)}'`;
  const place = depth > 0 ? `'${printAttrPath(path.slice(0, depth))}'` : what;
  if (holder instanceof Attrs)
    return flakeError(
      'missing-attribute',
      `attribute '${name}' in ${selection} not found`,
      suggestNames(name, names, place, (near) => isOfferedText(holder, near)),
    );
  const isIndex = /^[0-9]+$/.test(name);
  if (Array.isArray(holder) && isIndex)
    return flakeError(
      'missing-attribute',
      `list index ${name} in ${selection} is out of range`,
      `${place} has ${holder.length} elements, counted from 0`,
    );
  return flakeError(
    'missing-attribute',
    `the expression selected by the ${selection} should be a ${isIndex ? 'list' : 'set'} but is ${describeType(holder)}`,
    `that is ${place}`,
  );
}
