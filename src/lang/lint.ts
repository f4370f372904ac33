/**
 * Literals that Nix 2.34 can warn of or refuse: the settings `lint-url-literals`, `lint-short-path-literals`,
 * `lint-absolute-path-literals`.
 */
import { decodeBytes } from './bytes.ts';
import { resolvePos, type Pos } from './position.ts';
import { syntaxError } from './syntax-error.ts';

export const lintNames = ['lint-url-literals', 'lint-short-path-literals', 'lint-absolute-path-literals'] as const;
export type LintName = (typeof lintNames)[number];

export const lintLevels = ['ignore', 'warn', 'fatal'] as const;
export type LintLevel = (typeof lintLevels)[number];

export interface Lints {
  levels: Readonly<Partial<Record<LintName, LintLevel>>>;
  /** Is given text, not bytes. */
  warn(message: string): void;
}

export function lintUrl(lints: Lints, url: string, pos: Pos): void {
  report(
    lints,
    'lint-url-literals',
    (fatal) => `URL literals are ${fatal ? 'disallowed' : 'discouraged'}. Consider using a string literal "${url}" instead`,
    pos,
  );
}

/** `literal`: as it is written, up to an interpolation. */
export function lintPath(lints: Lints, literal: string, pos: Pos): void {
  if (literal.startsWith('/') || literal.startsWith('~')) {
    const kind = literal.startsWith('/') ? 'absolute' : 'home';
    report(
      lints,
      'lint-absolute-path-literals',
      () => `${kind} path literals are not portable. Consider replacing path literal '${literal}' by a string, relative path, or parameter`,
      pos,
    );
  } else if (!literal.startsWith('.')) {
    report(
      lints,
      'lint-short-path-literals',
      () => `relative path literal '${literal}' should be prefixed with '.' for clarity: './${literal}'`,
      pos,
    );
  }
}

function report(lints: Lints, name: LintName, message: (fatal: boolean) => string, pos: Pos): void {
  const level = lints.levels[name] ?? 'ignore';
  if (level === 'fatal') throw syntaxError('eval/lint', `${message(true)} (${name})`, pos, `--${name} warn or ignore lets it pass`);
  if (level === 'ignore') return;
  const at = resolvePos(pos);
  const place = at ? `\n    at ${at.file}:${at.line}:${at.column}\n${String(at.line).padStart(9)}| ${at.sourceLine}` : '';
  lints.warn(decodeBytes(`${message(false)} (${name})${place}`));
}
