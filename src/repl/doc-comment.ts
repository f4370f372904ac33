// Doc comments, as RFC 145 has them: `/** ... */` before a function, or before the attribute that it is bound to.
import { sourceOf, type Pos } from '../lang/position.ts';

/** The text of the doc comment that belongs to what begins at a position, without its frame and indentation. */
export function docCommentAt(pos: Pos): string | undefined {
  const source = sourceOf(pos);
  if (!source) return undefined;
  const before = source.text.slice(0, pos - source.base).replace(/[\s(]+$/, '');
  const found = commentAtEnd(before) ?? commentAtEnd(beforeBinding(before));
  return found === undefined ? undefined : innerText(found);
}

/** The text before `name = ` or `a.b."c" = `, when that is how it ends. */
function beforeBinding(before: string): string {
  const binding = /(?:[\w'-]+|"[^"\n]*"|\$\{[^}\n]*\})(?:\s*\.\s*(?:[\w'-]+|"[^"\n]*"|\$\{[^}\n]*\}))*\s*=$/.exec(before);
  return binding ? before.slice(0, binding.index).trimEnd() : '';
}

/** The comment that a text ends with, if it is a doc comment. */
function commentAtEnd(text: string): string | undefined {
  if (!text.endsWith('*/')) return undefined;
  // A comment ends at the first `*/`, so it begins at the first `/*` behind the one before.
  const last = text.lastIndexOf('*/', text.length - 3);
  const start = text.indexOf('/*', last < 0 ? 0 : last + 2);
  const comment = start < 0 ? '' : text.slice(start);
  return comment.startsWith('/**') && comment.length > '/**/'.length ? comment : undefined;
}

function innerText(comment: string): string {
  const [first = '', ...rest] = comment.slice('/**'.length, -'*/'.length).split(/\r?\n/);
  const indentation = Math.min(...rest.filter((line) => line.trim() !== '').map((line) => /^ */.exec(line)![0].length));
  return [first.trim(), ...rest.map((line) => line.slice(Number.isFinite(indentation) ? indentation : 0).trimEnd())].join('\n').trim();
}
