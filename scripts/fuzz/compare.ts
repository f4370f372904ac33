import { accepted } from './accepted.ts';
import type { Outcome } from './outcome.ts';

/** Whether two outcomes are the same: equal values, or errors of equal meaning. What Nix could not answer is no difference. */
export function agree(nix: Outcome, ours: Outcome): boolean {
  if (nix.kind === 'lost') return true;
  if (nix.kind !== ours.kind) return acceptedPair(nix, ours);
  if (nix.kind === 'value') return nix.text === ours.text;
  const theirs = { ...nix, text: plain(nix.text) };
  const mine = { ...ours, text: plain(ours.text) };
  return alike(theirs.text, mine.text) || acceptedPair(theirs, mine);
}

/** Nix repeats itself: `null: null`, `the built-in function 'add': «primop add»`. */
function plain(text: string): string {
  return text.replace(/\b(null|null to a string): null\b/g, '$1').replace(/(function '[^:]*'(?: to a string)?): «(?:primop|partially applied primop) [^»]*»/g, '$1');
}

/** How much of a value is evaluated already when an error shows it differs: cheap parts are never delayed by us. */
function alike(nix: string, ours: string): boolean {
  if (nix === ours) return true;
  const partly = unevaluated.test(nix) || unevaluated.test(ours);
  return partly && (pattern(nix).test(ours) || pattern(ours).test(nix) || beforeValue(nix) === beforeValue(ours));
}

const unevaluated = /«thunk»|«repeated»|«potential infinite recursion»|elided»/;

function beforeValue(text: string): string {
  return text.slice(0, text.search(/: [[{]|$/));
}

function pattern(text: string): RegExp {
  return new RegExp(`^${text.split(unevaluated).map(escaped).join('.+?')}$`, 's');
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function acceptedPair(nix: Outcome, ours: Outcome): boolean {
  return accepted.some((difference) => {
    if ((difference.kinds ?? 'error error') !== `${nix.kind} ${ours.kind}`) return false;
    const match = difference.nix.exec(nix.text);
    if (!match || difference.ours === undefined) return match !== null;
    const wanted = difference.ours.replace(/\$1/g, () => pattern(match[1] ?? '').source.slice(1, -1));
    return new RegExp(wanted, 's').test(ours.text);
  });
}

/** What makes one difference look like another: the texts without what names and numbers they hold. */
export function signature(nix: Outcome, ours: Outcome): string {
  const bare = (outcome: Outcome): string => outcome.kind === 'value' ? 'value' : `${outcome.kind} ${outcome.text.replace(/'[^']*'|"[^"]*"|\d+|:.*$|«.*?»/g, '#').slice(0, 60)}`;
  return `${bare(nix)} | ${bare(ours)}`;
}
