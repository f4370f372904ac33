import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addStep, Attrs, charsOf, decodeBytes, describe, evalError, force, isString, noPos, type Value } from '../evaluator/index.ts';
import { flakeError } from '../base/flake-error.ts';

/** Writes a string to a file, or a set of strings and sets to a folder. Throws `flake/path-exists` if the path exists. */
export function writeStrings(value: Value, path: string): void {
  if (existsSync(path)) throw flakeError('path-exists', `path '${path}' already exists`, 'Choose another path, or remove it.');
  const forced = force(value);
  if (isString(forced)) return writeFileSync(path, Buffer.from(charsOf(forced), 'latin1'));
  if (!(forced instanceof Attrs))
    throw evalError('eval/type-error', `the value is not a string or a set of strings but ${describe(forced)}`, noPos);
  mkdirSync(path);
  for (const [name, item, pos] of forced.entries()) {
    if (name === '.' || name === '..' || name === '' || name.includes('/'))
      throw evalError('eval/bad-file-name', `the attribute '${name}' cannot be the name of a file`, pos);
    try {
      writeStrings(item, join(path, decodeBytes(name)));
    } catch (error) {
      addStep(error, `while evaluating the attribute '${name}'`, pos);
      throw error;
    }
  }
}
