/** `why-depends` and `store diff-closures` on one closure, beside real nix. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { workplace, type Workplace } from '../support/bootflake.ts';
import { nix, withNix } from '../support/nix-oracle.ts';

const EXPRESSION = `rec {
  tree = name: entries: derivation {
    inherit name entries; system = "builtin"; builder = "builtin:tree"; __structuredAttrs = true;
  };
  text = name: text: tree name [ { path = "file"; inherit text; } ];
  bytes = n: builtins.concatStringsSep "" (builtins.genList (i: "0123456789abcde\\n") n);
  c = text "c-1.0" "the end";
  d = text "d" "\\t \${c}";
  b = tree "b-2.0" [
    { path = "bin/g"; text = "\${c}"; }
    { path = "h"; text = "\${d} \${c}zz"; }
    { path = "l"; target = "\${c}/file"; }
    { path = "lib/f"; text = "\${bytes 20000}xx \${c} yy"; }
  ];
  a = text "a" "\${b} \${d}";
  e = text "e" "";
  before = text "t" "\${text "x-1.0" ""} \${text "y-2.0-dev" ""} \${text "y-2.0" (bytes 1000)} \${text "q-1-unstable" ""}
    \${text "lib-a-b-3-lib32" ""} \${text "grow-1" (bytes 9000)} \${text "grow-2" ""} \${text "same-1" ""}";
  after = text "t" "\${text "x-1.0" (bytes 99000)} \${text "y-2.1" ""} \${text "q-2-unstable" ""} \${text "lib-a-b-4-lib32" ""}
    \${text "grow-1" ""} \${text "grow-2" ""} \${text "grow-3" ""} \${text "same-1" ""}";
}`;

const NAMES = ['a', 'b', 'c', 'd', 'e', 'before', 'after'];

/** The paths by name, in our store and in that of nix. */
async function both(
  t: TestContext,
): Promise<{ place: Workplace; paths: Record<string, string>; run: Workplace['bootflake']; at: string[] }> {
  const place = workplace('closures');
  t.after(() => place.remove());
  writeFileSync(join(place.folder, 'default.nix'), EXPRESSION);
  const run: Workplace['bootflake'] = (args) => place.bootflake(args, { environment: { NIX_CONFIG: 'substituters =' } });
  const built = await run(['build', '--file', '.', ...NAMES, '--json', '--no-link']);
  assert.equal(built.status, 0, built.stderr);
  const outputs = (JSON.parse(built.stdout) as { outputs: { out: string } }[]).map(({ outputs: { out } }) => out);
  const paths = Object.fromEntries(NAMES.map((name, i) => [name, outputs[i]!]));
  const copied = await run(['copy', '--to', `file://${place.folder}/cache`, ...outputs]);
  assert.equal(copied.status, 0, copied.stderr);
  const store = `local?root=${place.folder}/nix`;
  nix(['copy', '--from', `file://${place.folder}/cache`, '--to', store, '--no-check-sigs', ...outputs]);
  return { place, paths, run, at: ['--store', store] };
}

const plain = (text: string): string => text.replace(/\x1b\[[0-9;]*m/g, '');

test("why-depends and diff-closures print nix's lines", withNix, async (t) => {
  const { paths, run, at } = await both(t);
  const { a, b, c, d, e, before, after } = paths as Record<'a' | 'b' | 'c' | 'd' | 'e' | 'before' | 'after', string>;
  for (const [from, to] of [
    [a, c],
    [a, d],
    [b, c],
    [a, b],
    [c, c],
  ] as const) {
    for (const flags of [[], ['--all'], ['--precise'], ['-a', '--precise']]) {
      const ours = await run(['why-depends', ...flags, from, to]);
      assert.equal(ours.status, 0, ours.stderr);
      assert.equal(ours.stdout, plain(nix(['why-depends', ...at, ...flags, from, to]).toString()), `${flags} ${from} ${to}`);
    }
  }
  const none = await run(['why-depends', a, e]);
  assert.deepEqual([none.status, none.stdout], [0, '']);
  assert.ok(none.stderr.includes(`'${a}' does not depend on '${e}'`));
  for (const [from, to] of [
    [before, after],
    [after, before],
    [a, a],
    [a, b],
  ] as const) {
    const ours = await run(['store', 'diff-closures', from, to]);
    assert.equal(ours.status, 0, ours.stderr);
    assert.equal(ours.stdout, plain(nix(['store', 'diff-closures', ...at, from, to]).toString()));
  }
});

test('diff-closures knows the names and versions of packages of Debian', async (t) => {
  const place = workplace('debian-versions');
  t.after(() => place.remove());
  const machine = (version: string) => `tree "machine" [ { path = "x"; text = "\${tree "libc6_${version}_amd64" [ ]}"; } ]`;
  const expression = `let tree = name: entries: derivation {
    inherit name entries; system = "builtin"; builder = "builtin:tree"; __structuredAttrs = true;
  }; in { before = ${machine('2.41-12+deb13u5')}; after = ${machine('1_2.42-1_deb13')}; }`;
  writeFileSync(join(place.folder, 'default.nix'), expression);
  const { stdout, stderr } = await place.bootflake(['store', 'diff-closures', '--file', '.', 'before', 'after'], {
    environment: { NIX_CONFIG: 'substituters =' },
  });
  assert.equal(stdout, 'libc6: 2.41-12+deb13u5 → 1_2.42-1_deb13\n', stderr);
});

test('why-depends takes installables, and derivations', async (t) => {
  const place = workplace('why');
  t.after(() => place.remove());
  writeFileSync(join(place.folder, 'default.nix'), EXPRESSION);
  const environment = { NIX_CONFIG: 'substituters =' };
  const { stdout, stderr } = await place.bootflake(['why-depends', '--file', '.', 'b', 'c', '--precise'], { environment });
  assert.match(
    stdout,
    /^\/nix\/store\/\w{32}-b-2\.0\n└───bin\/g: …\/nix\/store\/\w{32}-c-1\.0…\n {4}→ \/nix\/store\/\w{32}-c-1\.0\n$/,
    stderr,
  );
  const drv = await place.bootflake(['why-depends', '--derivation', '--file', '.', 'a', 'c'], { environment });
  assert.match(drv.stdout, /^\/nix\/store\/\w{32}-a\.drv\n└───\S+\.drv\n {4}└───\S+-c-1\.0\.drv\n$/, drv.stderr);
  const missing = await place.bootflake(['why-depends', `/nix/store/${'1'.repeat(32)}-x`, `/nix/store/${'2'.repeat(32)}-y`]);
  assert.match(missing.stderr, /\[store\/invalid-path\]/);
});
