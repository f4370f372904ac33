import assert from 'node:assert/strict';
import { mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { workplace } from '../support/bootflake.ts';

const place = workplace('build-image');
after(() => place.remove());

/** `made`: a derivation whose output has one file of this name. */
const flake = `{
  outputs = { self }:
    let
      made = name: derivation {
        inherit name; system = "x86_64-linux"; builder = "builtin:tree"; __structuredAttrs = true;
        outputs = [ "out" ]; entries = [ { path = "\${name}.img"; text = name; } ];
      };
      image = name: made name // { passthru.filePath = "\${name}.img"; };
      machine = images: { config.system.build = { inherit images; }; };
    in
    {
      packages.x86_64-linux = { web = made "package"; default = made "package"; };
      nixosConfigurations.web = machine {
        a = image "a"; b = image "b"; qemu = image "qemu";
        out = made "outside" // { passthru.filePath = "../../x"; };
      };
      other.endings = machine {
        raw = made "raw" // { passthru.filePath = "raw.raw"; };
        lone = derivation {
          name = "lone"; system = "x86_64-linux"; builder = "builtin:tree"; __structuredAttrs = true;
          outputs = [ "out" ]; entries = [ { path = ""; text = "lone"; } ];
        } // { passthru.filePath = "lone.img"; };
        other = made "other" // { passthru.filePath = "name.raw"; };
      };
      other.odd = machine { "../../odd" = image "odd"; };
      other.old.config.system.build = { };
    };
}
`;
const folder = join(place.folder, 'flake');
mkdirSync(folder);
writeFileSync(join(folder, 'flake.nix'), flake);
const at = `path:${folder}`;
const run = (...args: string[]) => place.bootflake(['build-image', ...args]);

test('lists the variants of the only configuration, whatever packages are called', async () => {
  for (const installable of [at, `${at}#web`, `${at}#nixosConfigurations.web`]) {
    const { status, stdout, stderr } = await run(installable);
    assert.equal(status, 0, stderr);
    assert.equal(stdout, 'a\nb\nout\nqemu\n');
  }
  assert.deepEqual(JSON.parse((await run(at, '--json')).stdout), ['a', 'b', 'out', 'qemu']);
});

test('builds one as result, several by their names; names of nixos-generators count', async () => {
  const one = await run(at, '--image-variant', 'a');
  assert.equal(one.status, 0, one.stderr);
  assert.match(one.stdout, /-a\/a\.img\n$/);
  assert.match(readlinkSync(join(place.folder, 'result')), /-a$/);
  const two = await run(`${at}#web`, '--image-variant', 'b', '--image-variant', 'qcow', '--json');
  assert.equal(two.status, 0, two.stderr);
  const built = JSON.parse(two.stdout) as { variant: string; file: string; size: number }[];
  assert.deepEqual(
    built.map(({ variant, size }) => [variant, size]),
    [
      ['b', 1],
      ['qcow', 4],
    ],
  );
  assert.match(readlinkSync(join(place.folder, 'result-qcow')), /-qemu$/);
});

test('a path that leads out of the image is not followed', async () => {
  const { status, stdout, stderr } = await run(at, '--image-variant', 'out', '--no-link');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /-outside\n$/);
});

test('a file counts that has another ending than the configuration says', async () => {
  const ask = async (name: string): Promise<string> => (await run(`${at}#other.endings`, '--image-variant', name, '--no-link')).stdout;
  assert.match(await ask('raw'), /-raw\/raw\.img\n$/);
  assert.match(await ask('other'), /-other\n$/);
});

test('an output that is a file is the image', async () => {
  const { status, stdout, stderr } = await run(`${at}#other.endings`, '--image-variant', 'lone', '--json', '--no-link');
  assert.equal(status, 0, stderr);
  const [{ file, outPath, size }] = JSON.parse(stdout);
  assert.ok(file.endsWith(outPath), file);
  assert.equal(size, 4);
});

test('what is wrong is said', async () => {
  for (const [args, pattern] of [
    [[at, '--image-variant', 'c'], /no image variant 'c'[^]*a, b, out, qemu[^]*image\/unknown-variant/],
    [[`${at}#other.odd`, '--all'], /cannot be named "\.\.\/\.\.\/odd"[^]*image\/bad-name/],
    [[`${at}#other.old`], /has no `images'[^]*image\/no-variants/],
    [[at, '--all', '--image-variant', 'a'], /cli\/exclusive-options/],
  ] as const) {
    const { status, stdout, stderr } = await run(...args);
    assert.notEqual(status, 0);
    assert.equal(stdout, '');
    assert.match(stderr, pattern);
  }
});
