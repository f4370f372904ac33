import { accepted, acceptedExpressions, type AcceptedDifference } from './accepted.ts';
import type { Outcome } from './outcome.ts';

/** Whether two outcomes are the same: equal values, or errors of equal meaning. A case that Nix could not evaluate counts as the same. */
export function agree(nix: Outcome, ours: Outcome): boolean {
  if (nix.kind === 'lost') return true;
  if (nix.kind !== ours.kind) return acceptedPair(nix, ours);
  if (nix.kind === 'value') return unsigned(nix.text) === unsigned(ours.text);
  const theirs = { ...nix, text: plain(nix.text) };
  const mine = { ...ours, text: plain(ours.text) };
  if (theirs.text === mine.text || acceptedPair(theirs, mine)) return true;
  // How much of a value is already evaluated when an error prints it differs: we never delay cheap parts.
  if (!unevaluated.test(theirs.text) && !unevaluated.test(mine.text)) return false;
  const [a, b] = [beforeValue(theirs.text), beforeValue(mine.text)];
  return a === b || acceptedPair({ ...nix, text: a }, { ...ours, text: b });
}

/** Nix repeats itself: `null: null`, `the built-in function 'add': «primop add»`. */
function plain(text: string): string {
  return unsigned(text)
    .replace(/\b(null|null to a string): null\b/g, '$1')
    .replace(/(function '[^:]*'(?: to a string)?): «(?:primop|partially applied primop) [^»]*»/g, '$1');
}

/** The sign of NaN depends on the processor; JavaScript does not expose it. */
function unsigned(text: string): string {
  return text.replace(/-nan\b/g, 'nan');
}

const unevaluated = /«thunk»|«repeated»|«potential infinite recursion»|elided»/;

function beforeValue(text: string): string {
  return text.slice(0, text.search(/: [[{]|; values are|\(values are|$/));
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function acceptedPair(nix: Outcome, ours: Outcome): boolean {
  return accepted.some((difference) => covers(difference, nix, ours));
}

/** Whether a minimised difference is intended. */
export function acceptedExpression(text: string, nix: Outcome, ours: Outcome): boolean {
  return acceptedExpressions.some((difference) => difference.expression.test(text) && covers(difference, nix, ours));
}

function covers(difference: AcceptedDifference, nix: Outcome, ours: Outcome): boolean {
  if ((difference.kinds ?? 'error error') !== `${nix.kind} ${ours.kind}`) return false;
  const match = difference.nix.exec(nix.text);
  if (!match || difference.ours === undefined) return match !== null;
  const wanted = difference.ours.replace(/\$1/g, () => escaped(match[1] ?? ''));
  return new RegExp(wanted, 's').test(ours.text);
}

/** A signature by which differences are grouped: the texts without their names and numbers. */
export function signature(nix: Outcome, ours: Outcome): string {
  const bare = (outcome: Outcome): string =>
    outcome.kind === 'value' ? 'value' : `${outcome.kind} ${outcome.text.replace(/'[^']*'|"[^"]*"|\d+|:.*$|«.*?»/g, '#').slice(0, 60)}`;
  return `${bare(nix)} | ${bare(ours)}`;
}
