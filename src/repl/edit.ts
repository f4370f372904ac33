/** `:edit`: the file and line that a value comes from. */
import { BootflakeError } from '../base/errors.ts';
import {
  Attrs,
  charsOf,
  decodeBytes,
  describeType,
  force,
  type Forced,
  functionPosition,
  isString,
  Lambda,
  NixPath,
  PartialApp,
  resolvePos,
} from '../evaluator/index.ts';
import type { ReplScope } from './scope.ts';

/** Returns a path's own file, a function's, or a package's by its `meta.position`. Line 0: unknown. */
export function placeToEdit(session: ReplScope, text: string): { file: string; line: number } {
  const { path, line } = placeOf(session.evaluate(text), text);
  if (!path.startsWith('/')) throw new BootflakeError({ code: 'repl/no-file', message: `'${path}' cannot be shown in an editor` });
  return { file: session.engine.originOf(path), line };
}

function placeOf(value: Forced, text: string): { path: string; line: number } {
  if (value instanceof NixPath) return { path: decodeBytes(value.path), line: 0 };
  if (isString(value)) return { path: decodeBytes(charsOf(value)), line: 0 };
  if (value instanceof Lambda || value instanceof PartialApp) {
    const at = resolvePos(functionPosition(value));
    return { path: at ? decodeBytes(at.file) : '«none»', line: at?.line ?? 0 };
  }
  const position = value instanceof Attrs ? textAt(value, 'meta', 'position') : undefined;
  const [, path, line] = /^(.*):(\d+)$/.exec(position ?? '') ?? [];
  if (path !== undefined) return { path, line: Number(line) };
  throw new BootflakeError({
    code: 'repl/no-file',
    message: `'${text}' is ${describeType(value)} without a 'meta.position' attribute, so where it is defined is not known`,
  });
}

function textAt(set: Attrs, ...path: string[]): string | undefined {
  let at: Forced = set;
  for (const name of path) {
    const next = at instanceof Attrs ? at.get(name) : undefined;
    if (next === undefined) return undefined;
    at = force(next);
  }
  return isString(at) ? decodeBytes(charsOf(at)) : undefined;
}
