import { accepted } from './accepted.ts';
import type { Outcome } from './outcome.ts';

/** Whether two outcomes are the same: equal values, or errors of equal meaning. What Nix could not answer is no difference. */
export function agree(nix: Outcome, ours: Outcome): boolean {
  if (nix.kind === 'lost') return true;
  if (nix.kind !== ours.kind) return acceptedPair(nix, ours);
  return nix.text === ours.text || acceptedPair(nix, ours);
}

function acceptedPair(nix: Outcome, ours: Outcome): boolean {
  return accepted.some((difference) => {
    if ((difference.kinds ?? 'error error') !== `${nix.kind} ${ours.kind}`) return false;
    const match = difference.nix.exec(nix.text);
    if (!match) return false;
    return difference.ours === undefined || difference.ours(match, ours.text);
  });
}

/** What makes one difference look like another: the texts without what names and numbers they hold. */
export function signature(nix: Outcome, ours: Outcome): string {
  const bare = (outcome: Outcome): string => outcome.kind === 'value' ? 'value' : `${outcome.kind} ${outcome.text.replace(/'[^']*'|"[^"]*"|\d+|:.*$|«.*?»/g, '#').slice(0, 60)}`;
  return `${bare(nix)} | ${bare(ours)}`;
}
