/** `bootflake size`: an image's store paths, packages and files, with names that a terminal or a browser would obey. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { squarify, treemap, type TreemapItem } from '../../src/api/treemap.ts';
import type { ImageSize } from '../../src/api/image-size.ts';
import { workplace, type Workplace } from '../support/bootflake.ts';
import { judge } from '../support/judge.ts';

const EXPRESSION = `rec {
  tree = name: entries: derivation {
    inherit name entries; system = "builtin"; builder = "builtin:tree"; __structuredAttrs = true;
  };
  character = escape: builtins.fromJSON "\\"\\\\\${escape}\\"";
  esc = character "u001b";
  bytes = n: builtins.concatStringsSep "" (builtins.genList (i: "0123456789abcde\\n") (n / 16));
  image = toplevel: derivation {
    name = "disk"; system = "builtin"; builder = "builtin:disk-image"; __structuredAttrs = true;
    toplevel = "\${toplevel}"; format = "qcow2"; diskSize = 64;
  };
  debian = tree "debian" [
    { path = "a"; text = bytes 40000; }
    { path = "b"; text = bytes 8192; }
    { path = "c/made"; text = "x"; }
    { path = "nix-support/packages.json"; text = builtins.toJSON {
        packages = [ [ "alpha" "1" 1 ] [ "be\${esc}[31mta" "2<b>&" (-1) ] ]; files = [ 0 1 1 1 (-1) 1 ];
      }; }
  ];
  odd = tree "odd" [ { path = "bin/\${esc}]0;x\${character "u0007"}<i>\\"&\${character "u202e"}"; text = bytes 20000; } ];
  system = tree "system-1" [ { path = "debian"; target = "\${debian}"; } { path = "odd"; target = "\${odd}"; } ];
  next = tree "system-2" [ { path = "debian"; target = "\${debian}"; } ];
  one = image system;
  two = image next;
}`;

function project(t: TestContext): Workplace {
  const place = workplace('size');
  t.after(() => place.remove());
  writeFileSync(join(place.folder, 'default.nix'), EXPRESSION);
  return place;
}

const run = async (place: Workplace, args: string[]): Promise<string> => {
  const { status, stdout, stderr } = await place.bootflake(['size', '--file', '.', ...args], {
    environment: { NIX_CONFIG: 'substituters =' },
  });
  assert.equal(status, 0, stderr);
  return stdout;
};

test('counts blocks by store paths, packages and files, and says why each is there', async (t) => {
  const place = project(t);
  const sizes = JSON.parse(await run(place, ['one', '--json'])) as ImageSize;
  const nameOf = (path: string): string => path.slice('/nix/store/'.length + 33);
  assert.deepEqual(
    sizes.paths.map(({ path, bytes, why }) => [nameOf(path), bytes, why.map(nameOf)]),
    [
      // Three folders, and blocks of files.
      ['debian', (3 + 10 + 2 + 1 + 1) * 4096, ['system-1', 'debian']],
      ['odd', (2 + 5) * 4096, ['system-1', 'odd']],
      // Links are in their inodes.
      ['system-1', 4096, ['system-1']],
    ],
  );
  assert.equal(sizes.bytes, 25 * 4096);
  const [debian] = sizes.paths;
  assert.deepEqual(
    debian!.packages.map(({ name, bytes, why, files }) => [name, bytes, why, files]),
    [
      ['alpha', 40960, ['be\x1b[31mta', 'alpha'], [{ path: 'a', bytes: 40960 }]],
      ['be\x1b[31mta', 8192, ['be\x1b[31mta'], [{ path: 'b', bytes: 8192 }]],
    ],
  );
  assert.equal(sizes.image?.name, 'nixos.qcow2');
  assert.ok(sizes.image.bytes > sizes.bytes, `${sizes.image.bytes}`);

  const text = await run(place, ['one', '--files', '--all']);
  assert.doesNotMatch(text, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
  assert.match(text, /odd ← system-1/);
  assert.match(text, /alpha 1 ← be\^\[\[31mta/);
  assert.equal(text.split('\n').filter((line) => line.includes('<U+202E>')).length, 1);
  assert.match(await run(place, ['two', '--all']), /debian ← system-2/);
});

test('shows what differs from another image', async (t) => {
  const place = project(t);
  const text = await run(place, ['two', '--diff', 'one']);
  assert.match(text, /^ *-28\.0 KiB {2}odd {2}\(gone\)$/m);
  assert.match(text, /^ *-28\.0 KiB {2}in all: 100\.0 KiB → 72\.0 KiB$/m);
  const { changes } = JSON.parse(await run(place, ['one', '--diff', 'two', '--json'])) as { changes: { name: string }[] };
  assert.deepEqual(
    changes.map(({ name }) => name),
    ['odd'],
  );
  const refused = await place.bootflake(['size', '--file', '.', 'one', '--diff', 'two', '--svg', 'x.svg']);
  assert.match(refused.stderr, /--diff and --svg cannot be used together/);
});

test('draws a map that is well-formed whatever the names are', async (t) => {
  const place = project(t);
  await run(place, ['one', '--svg', 'map.svg']);
  const svg = readFileSync(join(place.folder, 'map.svg'), 'utf8');
  await judge(t, 'xmllint', ['--noout', join(place.folder, 'map.svg')]);
  assert.doesNotMatch(svg, /<(?!\/?(?:svg|g|rect|text|title)\b)|[\x00-\x08\x0b-\x1f]/);
  assert.match(svg, /be\^\[\[31mta/);
  const leaf = (name: string): TreemapItem => ({ name, bytes: 5, note: '', children: [] });
  const names = ['\ud800', '\uffff', ']]>', '-->', '\0', 'a\nb', '&amp;'];
  const path = join(place.folder, 'names.svg');
  writeFileSync(path, treemap({ name: '<', bytes: 5 * names.length, note: '"', children: names.map(leaf) }));
  await judge(t, 'xmllint', ['--noout', path]);
});

test('areas of a map are sizes, and do not overlap', () => {
  const items = [60, 30, 5, 3, 1, 1, 0].map((bytes, n): TreemapItem => ({ name: String(n), bytes, note: '', children: [] }));
  const placed = squarify(items, { x: 10, y: 20, width: 200, height: 100 });
  assert.equal(placed.length, 6);
  let area = 0;
  for (const [item, { x, y, width, height }] of placed) {
    assert.ok(Math.abs(width * height - item.bytes * 200) < 1e-6, item.name);
    assert.ok(x >= 10 && y >= 20 && x + width < 210 + 1e-6 && y + height < 120 + 1e-6);
    area += width * height;
    for (const [other, place] of placed) {
      const apart =
        place.x >= x + width - 1e-6 ||
        place.x + place.width <= x + 1e-6 ||
        place.y >= y + height - 1e-6 ||
        place.y + place.height <= y + 1e-6;
      assert.ok(other === item || apart, `${item.name} and ${other.name}`);
    }
  }
  assert.ok(Math.abs(area - 20_000) < 1e-6);
});
