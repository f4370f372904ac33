/** Whole evaluations through the session and its worker thread. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FlakeSession } from '../../src/session/session-types.ts';
import { open } from '../flake/opened.ts';
import { nixIsOld, nixMissing } from '../flake/workspace.ts';
import { fails } from '../support/fails.ts';

const evaluate = (session: FlakeSession, installable: string, format: 'nix' | 'json' | 'raw' | 'strict' = 'nix') =>
  session.evaluateExpression({ installable, format });

const drv = (name: string, text: string) =>
  `derivation { name = "${name}"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "${text}" ]; }`;

test('self, inputs and source info are those of nix', { skip: nixMissing }, async (t) => {
  const { space, session } = open(t, { 'lib/flake.nix': '{ outputs = { self }: { n = 20; }; }', 'lib/data/x': '1', 'data/y': 'z' });
  space.write({
    'top/sub/flake.nix': `{
      inputs.lib.url = "path:${space.path('lib')}"; inputs.data = { url = "path:${space.path('data')}"; flake = false; };
      outputs = { self, lib, data }@inputs: {
        v = {
          names = builtins.attrNames self; source = builtins.attrNames self.sourceInfo; out = self.outPath; whole = self.sourceInfo.outPath; inherit (self) narHash lastModifiedDate;
          rev = self.rev or self.dirtyRev; lib = lib.n + lib.outputs.n; libNames = builtins.attrNames lib; dataNames = builtins.attrNames data; read = builtins.readFile "\${data}/y"; inputs = builtins.attrNames inputs;
          context = builtins.getContext "\${self}"; here = toString ./.; copied = "\${./flake.nix}";
        };
      };
    }`,
  });
  space.repository('top');
  const file = await evaluate(session(), `${space.path('top/sub')}#v`, 'json');
  space.git('top', 'commit', '-q', '-a', '-m', 'lock');
  const nix = space.nix(['eval', '--json', `${space.path('top/sub')}#v`]);
  const [ours, theirs] = [JSON.parse(await evaluate(session(), `${space.path('top/sub')}#v`, 'json')), JSON.parse(nix.stdout)] as Record<
    string,
    unknown
  >[];
  // nix 2.8 does not have `sourceInfo.outPath` apart from `self.outPath`; they differ for a subfolder since 2.14.
  assert.equal(ours!.out, `${ours!.whole}/sub`);
  // Its `self` has no `_type` yet, a non-flake tree no `sourceInfo`, and a path in a chroot store prints as its physical location.
  for (const name of ['out', 'context', 'here']) {
    delete ours![name];
    delete theirs![name];
  }
  for (const value of nixIsOld ? [ours!] : []) {
    for (const name of ['names', 'libNames']) value[name] = (value[name] as string[]).filter((attribute) => attribute !== '_type');
    value.dataNames = (value.dataNames as string[]).filter((attribute) => attribute !== 'sourceInfo');
  }
  assert.deepEqual(ours, theirs);
  assert.equal(JSON.parse(file).rev, `${space.git('top', 'rev-parse', 'HEAD~').trim()}-dirty`);
});

test('installables select the derivations that nix selects', { skip: nixMissing }, async (t) => {
  const { space, session } = open(
    t,
    {
      'f/flake.nix': `{ outputs = _: rec {
      packages.x86_64-linux.default = ${drv('one', 'echo 1 > $out')};
      legacyPackages.x86_64-linux.deep.two = ${drv('two', 'echo 2 > $out')};
      three = ${drv('three', 'echo ${./data} > $out')};
      nixosConfigurations.vm.config.system.build.image = three;
    }; }`,
      'f/data': 'x',
    },
    'f',
  );
  const flake = space.path('f');
  for (const fragment of ['', '#deep.two', '#three']) {
    const nix = space.nix(['eval', '--raw', `${flake}${fragment}${fragment ? '.drvPath' : '#packages.x86_64-linux.default.drvPath'}`]);
    const { drvPath, outputs, outputNames } = await session().evaluateInstallable(`${flake}${fragment}`);
    assert.equal(drvPath, nix.stdout, nix.stderr);
    assert.deepEqual(outputNames, ['out']);
    assert.ok(space.store.isValidPath(drvPath));
    assert.match(outputs.out ?? '', /^\/nix\/store\/.{32}-(one|two|three)$/);
  }
  const short = await session().evaluateInstallable(`${flake}#vm`);
  assert.equal(short.attrPath, 'nixosConfigurations.vm.config.system.build.image');
  assert.equal(short.meta?.configuration, 'vm');
});

test('a single configuration is the default; of two, one must be named', async (t) => {
  const { space, session } = open(t, {
    'one/flake.nix': `{ outputs = _: { nixosConfigurations.vm.config.system.build.qcow2 = ${drv('disk', '')}; }; }`,
    'pkgs/flake.nix': '{ outputs = _: { lib = 1; legacyPackages.x86_64-linux = { curl = 1; wget = 2; }; }; }',
    'two/flake.nix': `{ outputs = _: { nixosConfigurations = { a = 1; b = 2; }; }; }`,
    'none/flake.nix': '{ outputs = _: { nixosConfigurations.web.config.system.build.toplevel = 1; }; }',
  });
  assert.equal(
    (await session().evaluateInstallable(`path:${space.path('one')}`)).attrPath,
    'nixosConfigurations.vm.config.system.build.qcow2',
  );
  const error = await fails(
    session().evaluateInstallable(`path:${space.path('two')}`),
    'flake/ambiguous-installable',
    /more than one nixosConfiguration: a, b/,
  );
  assert.equal(error.hint, 'Name one: .#a');
  const wrong = await fails(
    session().evaluateInstallable(`path:${space.path('one')}#vmm`),
    'flake/missing-attribute',
    /does not provide attribute 'packages\.x86_64-linux\.vmm', /,
  );
  assert.match(wrong.hint ?? '', /did you mean 'vm'\? 'nixosConfigurations' has: vm/);
  const inside = await fails(
    session().evaluateInstallable(`path:${space.path('one')}#nixosConfigurations.vm.config.system.build.qcow`),
    'flake/missing-attribute',
    /qcow/,
  );
  assert.match(inside.hint ?? '', /did you mean 'qcow2'\?/);
  const near = await fails(session().evaluateInstallable(`path:${space.path('pkgs')}#curll`), 'flake/missing-attribute', /curll/);
  assert.equal(near.hint, "did you mean 'curl'? 'legacyPackages.x86_64-linux' has: curl, wget");
  for (const fragment of ['web', 'nixosConfigurations.web.config.system.build.vm']) {
    const imageless = await fails(
      session().evaluateInstallable(`path:${space.path('none')}#${fragment}`),
      'flake/missing-attribute',
      /web/,
    );
    assert.match(imageless.hint ?? '', /^Add a module that makes an image.*qcow\.nix/, fragment);
  }
  await fails(
    session().evaluateInstallable(`path:${space.path('two')}#nixosConfigurations`),
    'flake/not-a-derivation',
    /is not a derivation but a set/,
  );
});

test('a set or list of a file is all its derivations, with all outputs unless they say which', async (t) => {
  const { space, session } = open(t, {
    'f/default.nix': `{ n ? "1" }: rec {
      one = ${drv('one', 'echo ${n} > $out')} // { recurseForDerivations = true; };
      two = (derivation { name = "two"; system = "x86_64-linux"; builder = "/bin/sh"; outputs = [ "out" "dev" ]; });
      some = two // { meta.outputsToInstall = [ "dev" ]; };
      quiet.three = 3;
      loud = { recurseForDerivations = true; three = ${drv('three', 'echo 3')}; four = { m }: throw "not called"; };
      listed = [ one [ two ] ({ m }: { three = ${drv('three', 'echo ${m}')}; }) ];
      wrong = [ one [ 4 ] ];
      self = { recurseForDerivations = true; inherit self one; };
      list = [ list ];
    }`,
  });
  const one = session();
  const built = async (installable: string) =>
    (await one.evaluateDerivations({ file: space.path('f'), installable, args: { m: { text: 'x' } } }))
      .map(({ drvPath, outputNames, attrPath }) => `${attrPath} ${drvPath.slice(44)} ${outputNames.join(' ')}`)
      .sort();
  assert.deepEqual(await built(''), ['loud.three three.drv out', 'one one.drv out', 'some two.drv dev out']);
  assert.deepEqual(await built('two'), ['two two.drv out dev']);
  assert.deepEqual(await built('some'), ['some two.drv dev']);
  assert.deepEqual(await built('two.dev^out'), ['two.dev two.drv out']);
  assert.deepEqual(await built('listed'), ['listed.0 one.drv out', 'listed.1.0 two.drv out dev', 'listed.2.three three.drv out']);
  assert.deepEqual(await built('self'), ['self.one one.drv out']);
  await fails(built('list'), 'flake/not-a-derivation', /have no end: 1000 levels/);
  await fails(built('wrong'), 'flake/not-a-derivation', /element 'wrong\.1\.0' is not a derivation, nor has it any, but is an integer/);
  await fails(built('quiet'), 'flake/not-a-derivation', /attribute 'quiet' of '.*\/f' is not a derivation but a set/);
});

test('pure evaluation reads the flake and its inputs, nothing else', async (t) => {
  const { space, session } = open(t, {
    'f/flake.nix': `{ outputs = { self }: {
      passwd = builtins.readFile /etc/passwd; up = import ../outside.nix; store = builtins.readDir /nix/store; env = builtins.getEnv "HOME"; time = builtins ? currentTime;
      exists = builtins.pathExists /etc/passwd; link = builtins.readFile ./link; inner = builtins.readFile ./inner; search = <nixpkgs>; fetch = (builtins.getFlake "path:/x").y; loop = self.loop;
    }; }`,
    'f/target': 'inside',
    'outside.nix': '1',
  });
  const { symlinkSync } = await import('node:fs');
  symlinkSync('/etc/passwd', space.path('f/link'));
  symlinkSync('target', space.path('f/inner'));
  const one = session();
  const at = (name: string) => evaluate(one, `path:${space.path('f')}#${name}`);
  await fails(
    at('passwd'),
    'eval/forbidden-path',
    /access to absolute path '\/etc\/passwd' is forbidden in pure evaluation mode \(use '--impure' to override\)/,
  );
  await fails(at('up'), 'eval/forbidden-path', /forbidden in pure evaluation mode/);
  await fails(at('store'), 'eval/forbidden-path', /'\/nix\/store' is forbidden/);
  await fails(at('link'), 'eval/forbidden-path', /'\/etc\/passwd' is forbidden/);
  await fails(at('fetch'), 'flake/unlocked-fetch', /unlocked flake reference/);
  await fails(at('search'), 'eval/not-in-search-path', /nixpkgs/);
  const loop = await fails(at('loop'), 'eval/infinite-recursion', /infinite recursion encountered/);
  assert.equal(loop.position?.file, './f/flake.nix');
  assert.equal(await at('env'), '""');
  assert.equal(await at('exists'), 'false');
  assert.equal(await at('inner'), '"inside"');
  const impure = session({ impure: true });
  assert.equal(await evaluate(impure, `path:${space.path('f')}#exists`), 'true');
  assert.match(await evaluate(impure, `path:${space.path('f')}#passwd`, 'raw'), /root:/);
});

test("errors name the user's files, and files that git does not track", async (t) => {
  const { space, session } = open(
    t,
    {
      'f/flake.nix': '{ outputs = _: { a = import ./new.nix; b = import ./none.nix; c = import ./old.nix; }; }',
      'f/old.nix': '{\n  x = 1 + ;\n}',
    },
    'f',
  );
  space.write({ 'f/new.nix': '1' });
  const one = session();
  const untracked = await fails(evaluate(one, `${space.path('f')}#a`), 'eval/missing-path', /new\.nix' does not exist/);
  assert.equal(untracked.hint, "'./f/new.nix' exists but is not tracked by git, so it is not part of the flake: git add ./f/new.nix");
  const missing = await fails(evaluate(one, `${space.path('f')}#b`), 'eval/missing-path', /\.\/f\/none\.nix' does not exist/);
  assert.equal(missing.hint, undefined);
  const syntax = await fails(evaluate(one, `${space.path('f')}#c`), 'eval/syntax', /./);
  assert.deepEqual([syntax.position?.file, syntax.position?.line, syntax.position?.sourceLine], ['./f/old.nix', 2, '  x = 1 + ;']);
});

test('returns the result for an unchanged flake without evaluating it, and evaluates a changed one', async (t) => {
  const opened = open(t, { 'f/flake.nix': `{ outputs = _: { x = builtins.trace "evaluated" (${drv('x', 'echo')}); }; }` }, 'f');
  const { space, notes, session } = opened;
  const installable = `${space.path('f')}#x`;
  const first = await session().evaluateInstallable(installable);
  assert.deepEqual(notes, ['trace: evaluated']);
  assert.deepEqual(await session().evaluateInstallable(installable), first);
  assert.equal(notes.length, 1, 'nothing was evaluated again');
  space.write({ 'f/flake.nix': readFileSync(space.path('f/flake.nix'), 'utf8').replace('"x"', '"y"') });
  const changed = await session().evaluateInstallable(installable);
  assert.notEqual(changed.drvPath, first.drvPath);
  assert.equal(notes.length, 2);
  assert.deepEqual(opened.warnings, [`Git tree '${space.path('f')}' is dirty`]);
  assert.deepEqual(await session().evaluateInstallable(installable), changed);
  assert.equal(opened.warnings.length, 2, 'what is dirty is said again');

  // Damaged entries and deleted derivations do not count.
  const results = space.path('cache/bootflake/results');
  for (const name of readdirSync(results)) {
    const bytes = readFileSync(join(results, name));
    bytes[100] = bytes[100]! ^ 1;
    writeFileSync(join(results, name), bytes);
  }
  assert.deepEqual(await session().evaluateInstallable(installable), changed);
  assert.equal(notes.length, 3);
  rmSync(join(space.store.root, 'nix/var/bootflake/valid', `${changed.drvPath.slice('/nix/store/'.length).slice(0, 32)}.valid`));
  const { LocalStore } = await import('../../src/store/local-store.ts');
  Object.assign(space, { store: LocalStore.open({ root: space.store.root }) });
  assert.deepEqual(await session().evaluateInstallable(installable), changed);
  assert.equal(notes.length, 4);
});

test('evaluates expressions, files and functions applied to them', async (t) => {
  const { space, session } = open(t, {
    'x/default.nix': '{ a ? 1 }: { b = a + 1; c = [ (throw "no") ]; s = "é"; }',
    'f/flake.nix': '{ outputs = _: { v = { n = [ 1 2 ]; }; }; }',
  });
  const one = session();
  assert.equal(await one.evaluateExpression({ expr: '1 + 2', format: 'nix' }), '3');
  assert.equal(await one.evaluateExpression({ expr: '{ a = 1; b = x: x; }', format: 'strict' }), '{ a = 1; b = <LAMBDA>; }');
  assert.equal(
    await one.evaluateExpression({ expr: 'map (x: { y = x; }) [ 1 2.5 "z" null ]', format: 'json' }),
    '[{"y":1},{"y":2.5},{"y":"z"},{"y":null}]',
  );
  assert.equal(await one.evaluateExpression({ expr: 'builtins.currentSystem or "pure"', format: 'raw' }), 'pure');
  assert.equal(await one.evaluateExpression({ file: 'x', installable: 'b', format: 'nix' }), '2');
  assert.equal(await one.evaluateExpression({ file: space.path('x/default.nix'), installable: 's', format: 'raw' }), 'é');
  assert.equal(
    await one.evaluateExpression({ installable: `path:${space.path('f')}#v`, apply: 'v: builtins.length v.n', format: 'nix' }),
    '2',
  );
  process.env.NIX_PATH = `x=${space.path('x')}:${space.folder}`;
  assert.equal(
    await session({ impure: true }).evaluateExpression({
      expr: '[ (import <x> { }).b (import <x/default.nix> { a = 3; }).b <f/flake.nix> ]',
      format: 'nix',
    }),
    `[ 2 4 ${space.path('f/flake.nix')} ]`,
  );
  delete process.env.NIX_PATH;
  await fails(one.evaluateExpression({ file: 'x', installable: 'bb', format: 'nix' }), 'flake/missing-attribute', /bb/);
  await fails(
    one.evaluateExpression({ expr: 'let f = n: 1 + f (n + 1); in f 0', format: 'nix' }),
    'eval/stack-overflow',
    /nests too deeply/,
  );
  assert.equal(
    await one.evaluateExpression({ expr: 'let f = n: if n == 0 then 0 else 1 + f (n - 1); in f 100000', format: 'nix' }),
    '100000',
  );
  await fails(
    one.evaluateExpression({ expr: 'import (derivation { name = "x"; system = "s"; builder = "b"; })', format: 'nix' }),
    'test/realise',
    /asked to realise \/nix\/store\/.*-x\.drv!out/,
  );
});

test('show, metadata and check print what nix prints', { skip: nixMissing }, async (t) => {
  const { space, session } = open(
    t,
    {
      'f/flake.nix': `{ description = "d"; outputs = { self }: {
      packages.x86_64-linux = { default = ${drv('one', '')}; other = (${drv('two', '')}) // { meta.description = "the other"; }; };
      packages.aarch64-linux.default = ${drv('arm', '')};
      checks.x86_64-linux.c = ${drv('check', '')};
      nixosConfigurations.vm.config.system.build.toplevel = ${drv('top', '')};
      nixosModules.m = { }; overlays.default = final: prev: { }; lib.x = 1; formatter.x86_64-linux = ${drv('fmt', '')};
      templates.t = { path = ./.; description = "a template"; };
    }; }`,
    },
    'f',
  );
  const flake = space.path('f');
  const one = session();
  const shown = JSON.parse(await one.show(flake, { json: true, legacy: false })) as Record<string, unknown>;
  const nixShow = space.nix(['flake', 'show', '--json', flake]);
  assert.equal(nixShow.status, 0, nixShow.stderr);
  if (!nixIsOld) assert.equal(JSON.stringify(shown), nixShow.stdout.trim());
  const theirs = JSON.parse(nixShow.stdout) as Record<string, any>;
  // nix 2.8 shows every system's derivations and leaves an empty description out.
  assert.deepEqual(Object.keys(shown), Object.keys(theirs));
  assert.deepEqual(shown.nixosConfigurations, theirs.nixosConfigurations);
  assert.deepEqual(shown.overlays, theirs.overlays);
  assert.deepEqual(shown.templates, theirs.templates);
  assert.deepEqual(shown.packages, {
    'aarch64-linux': { default: {} },
    'x86_64-linux': {
      default: { description: '', name: 'one', type: 'derivation' },
      other: { description: 'the other', name: 'two', type: 'derivation' },
    },
  });
  const text = await one.show(flake, { json: false, legacy: false });
  assert.match(text, /├───nixosConfigurations\n│ {3}└───vm: NixOS configuration\n/);
  assert.match(text, /│ {7}└───other: package 'two'\n/);
  const metadata = JSON.parse(await one.metadata(flake, { json: true })) as Record<string, any>;
  const nixMetadata = JSON.parse(space.nix(['flake', 'metadata', '--json', flake]).stdout) as Record<string, any>;
  if (nixIsOld) {
    // nix 2.8 writes only the branch, neither a summary nor that the lock is final.
    Object.assign(nixMetadata.locked, { ref: 'refs/heads/master', __final: true });
    nixMetadata.url = nixMetadata.url.replace('ref=master', 'ref=refs/heads/master');
    nixMetadata.fingerprint = metadata.fingerprint;
  }
  assert.deepEqual(metadata, nixMetadata);
  assert.deepEqual(
    (await one.check(flake)).map(({ attrPath }) => attrPath),
    ['checks.x86_64-linux.c'],
  );
  space.write({ 'f/flake.nix': '{ outputs = _: { packages.x86_64-linux.x = { }; }; }' });
  const wrong = await fails(session().check(flake), 'flake/not-a-derivation', /'packages\.x86_64-linux\.x'/);
  assert.ok(wrong.trace.some(({ message }) => message === "while checking the output 'packages.x86_64-linux.x'"));
});

test('a closed session has flushed its paths and leaves no temporary folders', async (t) => {
  const { space, session } = open(t, {});
  const s = session();
  await s.evaluateExpression({ expr: `(${drv('written', 'x')}).drvPath`, format: 'raw' });
  const state = (name: string): string[] => readdirSync(space.path(`store/nix/var/bootflake/${name}`));
  assert.equal(state('unsynced').length, 1);
  await s.close();
  assert.deepEqual(state('tmp'), []);
  // The kernel flushes it in the background.
  for (let i = 0; i < 300 && state('unsynced').length > 0; i++) await new Promise((done) => setTimeout(done, 100));
  assert.deepEqual(state('unsynced'), []);
});
