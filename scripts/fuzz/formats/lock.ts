/** Lock files: graphs of nodes, and JSON that is not a lock file. */
import type { Random } from '../random.ts';
import { damaged, damagedText, oddName } from './bytes.ts';
import { forbiddenFolder, type Maker } from './format.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const names = ['a', 'b', 'c', 'd', 'e', 'nixpkgs', 'flake-utils', '__proto__', 'constructor', ''];

function reference(random: Random): { [name: string]: Json } {
  const rev = random.times(40, () => random.pick([...'0123456789abcdef'])).join('');
  const common = { narHash: `sha256-${'A'.repeat(43)}=`, lastModified: 1_700_000_000 };
  return random.pick<{ [name: string]: Json }>([
    { type: 'github', owner: 'NixOS', repo: 'nixpkgs', rev, ...common },
    { type: 'gitlab', owner: 'a%2Fb', repo: 'c', rev, host: 'git.example.org', ...common },
    { type: 'git', url: 'https://example.org/x.git', rev, revCount: 5, ref: 'main', ...common },
    { type: 'tarball', url: 'https://example.org/x.tar.gz', ...common },
    { type: 'path', path: random.pick(['./sub', '/nix/store/x', '../y']), ...common },
    { type: 'indirect', id: 'nixpkgs' },
    { type: 'file', url: 'file:///x', ...common },
    { type: 'sourcehut', owner: '~a', repo: 'b', rev, ...common },
    { type: 'mercurial', url: 'https://example.org/hg', rev, ...common },
    { type: 'debian', suite: 'trixie', ...common },
  ]);
}

function lock(random: Random): Json {
  const keys = names.slice(0, 1 + random.below(8));
  const edge = (): Json => (random.chance(0.3) ? random.times(random.below(4), () => random.pick(keys)) : random.pick(keys));
  const inputs = (): Json => Object.fromEntries(random.times(random.below(4), () => [random.pick(names), edge()]));
  const node = (): Json => ({
    ...(random.chance(0.7) && { inputs: inputs() }),
    locked: reference(random),
    original: reference(random),
    ...(random.chance(0.2) && { flake: false }),
    ...(random.chance(0.1) && { parent: random.times(random.below(3), () => random.pick(keys)) }),
  });
  return {
    version: random.pick([5, 6, 7, 7, 7, 7]),
    root: 'root',
    nodes: { root: { inputs: inputs() }, ...Object.fromEntries(keys.map((key) => [key, node()])) },
  };
}

function oddValue(random: Random): Json {
  return random.pick<Json>([
    null,
    true,
    0,
    -1,
    1e308,
    1.5,
    2 ** 53,
    '',
    'x',
    [],
    {},
    [[]],
    ['a', 5],
    { a: 1 },
    oddName(random, forbiddenFolder),
    'root',
    'x'.repeat(10_000),
    random.times(300, () => 'a'),
    '\ud800',
    'https://user:secret@example.org/',
    'file:///etc/passwd',
    'ext::sh -c x',
    '-upload-pack=x',
    '%00',
    '%',
    'a?b#c',
  ]);
}

/** Swaps, removes and inserts values anywhere in it. */
function changed(json: Json, random: Random, chance: number): Json {
  if (random.chance(chance)) return oddValue(random);
  if (Array.isArray(json)) return json.flatMap((value) => (random.chance(chance) ? [] : [changed(value, random, chance)]));
  if (typeof json !== 'object' || json === null) return json;
  const entries = Object.entries(json).flatMap(([name, value]): [string, Json][] =>
    random.chance(chance) ? [] : [[random.chance(chance) ? random.pick(names) : name, changed(value, random, chance)]],
  );
  if (random.chance(chance))
    entries.push([random.pick([...names, 'dir', 'host', 'ref', 'submodules', 'lfs', '__final', 'url', 'narHash']), oddValue(random)]);
  return Object.fromEntries(entries);
}

/** A chain or a ladder of inputs, whose number of paths grows quickly. */
function large(random: Random): Json {
  const count = random.pick([20, 90, 101, 2000]);
  const ladder = random.chance(0.5);
  const nodes = Object.fromEntries(
    random.times(count, (i) => [
      `n${i}`,
      {
        locked: reference(random),
        original: reference(random),
        inputs: i + 1 < count ? { a: `n${i + 1}`, ...(ladder && { b: `n${i + 1}`, c: ['a', 'b', 'a'] }) } : {},
      },
    ]),
  ) as { [name: string]: Json };
  return {
    version: 7,
    root: 'root',
    nodes: { root: { inputs: { a: 'n0', f: random.times(50, () => random.pick(['a', 'b', 'c'])) } }, ...nodes },
  };
}

export const makeLock: Maker = (random) => {
  const json = random.chance(0.05) ? large(random) : lock(random);
  const text =
    JSON.stringify(random.chance(0.8) ? changed(json, random, random.pick([0.01, 0.03, 0.1])) : json, null, random.pick([0, 2])) ?? '';
  if (random.chance(0.1)) return Buffer.from(damagedText(text, random));
  if (random.chance(0.02)) return Buffer.from(random.pick(['[', '{"a":', '"\\u']).repeat(random.pick([100, 100_000])));
  return random.chance(0.15) ? damaged(Buffer.from(text), random) : Buffer.from(text);
};
