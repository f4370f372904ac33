// Doc comments of RFC 145: `/** ... */` before a function, or before the attribute that it is bound to.
import { type Pos, sourceOf } from '../evaluator/index.ts';

/** Returns the text of the doc comment before a position, without its delimiters and indentation. */
export function docCommentAt(pos: Pos): string | undefined {
  const source = sourceOf(pos);
  if (!source) return undefined;
  const before = source.text.slice(0, pos - source.base).replace(/[\s(]+$/, '');
  const found = commentAtEnd(before) ?? commentAtEnd(beforeBinding(before));
  return found === undefined ? undefined : innerText(found);
}

/** Returns the text without a trailing `name = ` or `a.b."c" = `. */
function beforeBinding(before: string): string {
  const binding = /(?:[\w'-]+|"[^"\n]*"|\$\{[^}\n]*\})(?:\s*\.\s*(?:[\w'-]+|"[^"\n]*"|\$\{[^}\n]*\}))*\s*=$/.exec(before);
  return binding ? before.slice(0, binding.index).trimEnd() : '';
}

/** Returns the doc comment that a text ends with, if any. */
function commentAtEnd(text: string): string | undefined {
  if (!text.endsWith('*/')) return undefined;
  // A comment ends at the first `*/`, so it begins at the first `/*` after the previous one.
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
