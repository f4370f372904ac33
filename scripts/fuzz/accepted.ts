/** Where our wording differs from Nix's on purpose, or an answer cannot be compared; each with its reason. */
export interface AcceptedDifference {
  reason: string;
  nix: RegExp;
  /** Whether our text goes with what the pattern found; any text when left out. */
  ours?: (nix: RegExpExecArray, ours: string) => boolean;
  /** Default: both are errors. */
  kinds?: `${'value' | 'error' | 'lost'} ${'value' | 'error' | 'lost'}`;
}

const starts = (prefix: string) => (_: RegExpExecArray, ours: string): boolean => ours.startsWith(prefix);

export const accepted: readonly AcceptedDifference[] = [
  {
    reason: 'we name the value that needs itself, and where it was defined',
    nix: /^infinite recursion encountered/, ours: starts('infinite recursion'),
  },
  {
    reason: 'our limit is the stack, not a number of calls',
    nix: /^stack overflow/, ours: starts('the evaluation nests too deeply'),
  },
];
