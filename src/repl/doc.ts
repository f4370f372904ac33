/** `:doc`: the documentation of a builtin, a function or an attribute. */
import { BootflakeError } from '../base/errors.ts';
import {
  Attrs,
  call,
  decodeBytes,
  encodeBytes,
  force,
  type Forced,
  functionPosition,
  Lambda,
  noPos,
  parse,
  PartialApp,
  type Pos,
  PrimOp,
  resolvePos,
} from '../evaluator/index.ts';
import { docCommentAt } from './doc-comment.ts';
import type { ReplScope } from './scope.ts';

/** Returns the documentation of an expression's value in Markdown. Throws `repl/no-documentation`. */
export function documentationOf(session: ReplScope, text: string): string {
  const attribute = lastSelection(session, text);
  const found = ofValue(session, session.evaluate(text));
  if (found !== undefined) return found;
  if (attribute && attribute.pos !== noPos) {
    return described(session, `Attribute \`${attribute.name}\``, attribute.pos, docCommentAt(attribute.pos) ?? 'No documentation found.');
  }
  throw new BootflakeError({ code: 'repl/no-documentation', message: 'value does not have documentation' });
}

function ofValue(session: ReplScope, value: Forced): string | undefined {
  if (value instanceof PrimOp)
    return `**Synopsis:** \`builtins.${value.name}\` ${value.args.map((arg) => `*${arg}*`).join(' ')}\n\n${value.doc}`;
  if (value instanceof Lambda || value instanceof PartialApp) {
    const { info } = value instanceof Lambda ? value : value.lambda;
    return described(
      session,
      info.name ? `Function \`${decodeBytes(info.name)}\`` : 'Function',
      functionPosition(value),
      docCommentAt(functionPosition(value)) ?? docCommentAt(info.pos),
    );
  }
  const functor = value instanceof Attrs ? value.get('__functor') : undefined;
  return functor === undefined ? undefined : ofValue(session, call(functor, value));
}

function described(session: ReplScope, title: string, pos: Pos, comment: string | undefined): string {
  const at = resolvePos(pos);
  const place = at ? `${session.engine.originOf(decodeBytes(at.file))}:${at.line}:${at.column}` : '«none»';
  return `${title}\\\n  … defined at ${place}${comment === undefined ? '' : `\n\n${decodeBytes(comment)}`}`;
}

/** Returns the attribute `c` of `a.b.c`: its name and where it is defined. */
function lastSelection(session: ReplScope, text: string): { name: string; pos: Pos } | undefined {
  const bytes = encodeBytes(text);
  const { expr, source } = parse('', bytes, { basePath: session.baseDir, home: () => '/', pipes: false });
  if (expr.kind !== 'select' || expr.fallback) return undefined;
  const last = expr.path[expr.path.length - 1]!;
  if (last.name === null) return undefined;
  const base = bytes
    .slice(0, last.pos - source.base)
    .trimEnd()
    .replace(/\.$/, '');
  const set = force(session.evaluate(decodeBytes(base)));
  return set instanceof Attrs ? { name: decodeBytes(last.name), pos: set.posOf(last.name) } : undefined;
}
