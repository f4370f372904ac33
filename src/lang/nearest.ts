/**
 * The candidates most like a name that was not found: at most three, nearest first, none that would only confuse. `accepts` is asked of
 * few of them, as it may be dear.
 */
export function nearest(name: string, candidates: Iterable<string>, accepts: (candidate: string) => boolean = () => true): string[] {
  const limit = name.length <= 2 ? 1 : name.length <= 5 ? 2 : 3;
  const found: { candidate: string; distance: number }[] = [];
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) > limit || candidate === name) continue;
    const distance = candidate.toLowerCase() === name.toLowerCase() ? 0.5 : editDistance(name, candidate, limit);
    if (distance <= limit && distance < name.length) found.push({ candidate, distance });
  }
  // Of equals the one with the same letters: swapping two is the commonest slip.
  const letters = sortedLetters(name);
  const swapped = (candidate: string): number => (sortedLetters(candidate) === letters ? 0 : 1);
  found.sort((a, b) => a.distance - b.distance || swapped(a.candidate) - swapped(b.candidate) || (a.candidate < b.candidate ? -1 : 1));
  const accepted: string[] = [];
  for (const { candidate } of found) {
    if (accepted.length === 3) break;
    if (accepts(candidate)) accepted.push(candidate);
  }
  return accepted;
}

/** Whether one letter was forgotten, added, changed or swapped with its neighbour, or only the case is another. */
export function isOneSlip(name: string, candidate: string): boolean {
  return candidate.toLowerCase() === name.toLowerCase() || editDistance(name, candidate, 1) <= 1;
}

function sortedLetters(name: string): string {
  return [...name].sort().join('');
}

/** Insertions, deletions, replacements and swaps of neighbours; beyond `limit` only that it is more. */
function editDistance(a: string, b: string, limit: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
      least = Math.min(least, cost);
    }
    if (least > limit) return Infinity;
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
