import { nearest } from '../evaluator/index.ts';

const mostListed = 100;

/** Returns `did you mean 'x'?  there are: a, b, c` for a name that is not among `names`; names refused by `accepts` are not suggested. */
export function suggestNames(
  wanted: string,
  names: readonly string[],
  place: string,
  accepts?: (name: string) => boolean,
): string | undefined {
  if (names.length === 0) return `${place} has no attributes`;
  const near = nearest(wanted, names, accepts);
  const question = near.length ? `did you mean ${near.map((name) => `'${name}'`).join(' or ')}?` : '';
  // Ten names out of ten thousand packages are of no help.
  if (near.length > 0 && names.length > mostListed) return `${question} ${place} has ${names.length} attributes`;
  const ordered = [
    ...near,
    ...[...names].sort((a, b) => commonPrefix(b, wanted) - commonPrefix(a, wanted)).filter((name) => !near.includes(name)),
  ];
  const shown = ordered.slice(0, 10).join(', ');
  const rest = names.length > 10 ? `, and ${names.length - 10} more` : '';
  return `${question}${question && ' '}${place} has: ${shown}${rest}`;
}

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1;
  return length;
}
