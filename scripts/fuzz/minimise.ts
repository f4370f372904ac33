import { agree, signature } from './compare.ts';
import type { Outcome } from './outcome.ts';
import { smaller, textOf, type Tree } from './tree.ts';

export interface Difference {
  text: string;
  nix: Outcome;
  ours: Outcome;
}

/** Evaluates expressions on both sides. */
export type Judge = (texts: readonly string[]) => Promise<{ nix: Outcome; ours: Outcome }[]>;

const batch = 120;
const rounds = 40;

/** The smallest expression found that shows the same kind of difference. */
export async function minimise(start: Tree, found: Difference, judge: Judge): Promise<Difference> {
  let tree = start;
  let best = found;
  const sort = sortOf(found);
  const tried = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const candidates: { tree: Tree; text: string }[] = [];
    for (const candidate of smaller(tree)) {
      const text = textOf(candidate);
      if (text.length >= best.text.length || tried.has(text)) continue;
      tried.add(text);
      candidates.push({ tree: candidate, text });
    }
    candidates.sort((a, b) => a.text.length - b.text.length);
    let improved = false;
    for (let i = 0; i < candidates.length && !improved; i += batch) {
      const some = candidates.slice(i, i + batch);
      const outcomes = await judge(some.map((c) => c.text));
      const at = outcomes.findIndex(({ nix, ours }, j) => !agree(nix, ours) && sortOf({ text: some[j]!.text, nix, ours }) === sort);
      if (at < 0) continue;
      tree = some[at]!.tree;
      best = { text: some[at]!.text, ...outcomes[at]! };
      improved = true;
    }
    if (!improved) break;
  }
  return best;
}

/** An error must keep its wording while the expression shrinks; a value may become another value. */
function sortOf({ nix, ours }: Difference): string {
  return signature(nix, ours);
}
