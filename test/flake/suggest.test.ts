/** The names that are suggested when a fragment does not exist. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BootflakeError } from '../../src/base/errors.ts';
import { suggestNames } from '../../src/flake/suggest.ts';
import { open } from './opened.ts';

test('ranks swapped letters before other typos', () => {
  assert.equal(suggestNames('crul', ['crun', 'curl', 'git'], 'x'), "did you mean 'curl' or 'crun'? x has: curl, crun, git");
});

test('lists only similar names among many', () => {
  const many = Array.from({ length: 500 }, (_, i) => `package-number-${i}`);
  assert.equal(suggestNames('crul', [...many, 'curl'], 'x'), "did you mean 'curl'? x has 501 attributes");
  assert.match(suggestNames('zzzz', many, 'x')!, /^x has: package-number-0, .*, and 490 more$/);
});

test('searches for suggestions in all places where a fragment may be', async (t) => {
  const { session } = open(t, {
    'flake.nix': `{ outputs = _: {
      nixosConfigurations.build-qcow2.config.system.build.qcow2 = 1;
      legacyPackages.x86_64-linux = { curl = 1; git = 2; sub.inner = 3; };
    }; }`,
  });
  const s = session();
  const hint = async (fragment: string): Promise<string | undefined> =>
    s.evaluateInstallable(`path:.#${fragment}`).then(
      () => assert.fail('found'),
      (error: BootflakeError) => error.hint,
    );
  assert.match((await hint('crul'))!, /did you mean 'curl'\? 'legacyPackages\.x86_64-linux' has/);
  assert.match((await hint('build-qcow'))!, /did you mean 'build-qcow2'\? 'nixosConfigurations' has/);
  assert.match((await hint('nixosConfigurations.build-qcow'))!, /did you mean 'build-qcow2'/);
  assert.match(
    (await hint('nixosConfigurations.build-qcow2.config.sytem.build.qcow2'))!,
    /did you mean 'system'\? 'nixosConfigurations\.build-qcow2\.config' has/,
  );
  assert.match((await hint('sub.iner'))!, /did you mean 'inner'\? 'legacyPackages\.x86_64-linux\.sub' has/);
  assert.match((await hint('nixosConfiguration.x'))!, /did you mean 'nixosConfigurations'/);
});

test('does not suggest a package name that only throws', async (t) => {
  const { session } = open(t, {
    'flake.nix': `{ outputs = _: rec {
      legacyPackages.x86_64-linux = { _type = "pkgs"; teal = throw "other software"; tear = 1; };
      selected = legacyPackages.x86_64-linux.teaa;
      inScope = with legacyPackages.x86_64-linux; teaa;
      others = { teal = throw "an error"; };
    }; }`,
  });
  const s = session();
  const hint = (fragment: string): Promise<string | undefined> =>
    s.evaluateInstallable(`path:.#${fragment}`).then(
      () => assert.fail('found'),
      (error: BootflakeError) => error.hint,
    );
  assert.equal(await hint('teaa'), "did you mean 'tear'? 'legacyPackages.x86_64-linux' has: tear, teal, _type");
  assert.equal(await hint('selected'), 'did you mean `tear`?');
  assert.equal(await hint('inScope'), 'did you mean `tear`?');
  // Other sets are not evaluated.
  assert.match((await hint('others.teaa'))!, /did you mean 'teal'/);
});
