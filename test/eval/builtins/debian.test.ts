import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BootflakeError } from '../../../src/base/errors.ts';
import { allBuiltins } from '../../../src/eval/builtins/index.ts';
import { Evaluator } from '../../../src/eval/evaluator.ts';
import type { DebianArchive, DebianPackageRecord } from '../../../src/eval/host.ts';
import { printValue } from '../../../src/eval/print.ts';
import { MemoryHost } from './memory-host.ts';

const records = new Map<string, number>();

function fakeArchive(count: number): DebianArchive {
  const names = Array.from({ length: count }, (_, i) => `pkg${String(i).padStart(6, '0')}`);
  return {
    suite: 'trixie',
    components: [],
    allComponents: undefined,
    names: () => names,
    record(name): DebianPackageRecord {
      records.set(name, (records.get(name) ?? 0) + 1);
      return {
        pname: name,
        version: '1.0-1',
        architecture: 'amd64',
        filename: `pool/${name}.deb`,
        repository: '',
        archive: 'debian',
        suite: 'trixie',
        component: 'main',
        sha256: '00',
        size: 10,
        installedSize: 20,
        description: 'd\xc3\xa9',
        section: 'misc',
        priority: 'optional',
        essential: false,
        provides: ['virtual'],
        depends: 'libc6',
        homepage: '',
      };
    },
    providers: (name) => (name === 'virtual' ? ['pkg000001'] : []),
    resolve(roots) {
      if (roots.includes('broken'))
        throw new BootflakeError({ code: 'debian/unresolvable', message: 'broken needs nothing that is there', hint: 'Choose another' });
      return [...roots, 'libc6'];
    },
  };
}

function evaluator(count = 3): Evaluator {
  const host = new MemoryHost();
  host.archive = fakeArchive(count);
  return new Evaluator({ host, builtins: allBuiltins });
}

const show = (ev: Evaluator, text: string): string =>
  ev.toplevel(() => printValue(ev.evalString(text, '/'), { style: 'instantiate', force: true }));

test('an archive is a lazy set of records', () => {
  const ev = evaluator();
  records.clear();
  assert.equal(show(ev, '(builtins.debianArchive { source = /x; }).suite'), '"trixie"');
  assert.equal(
    show(
      ev,
      'let p = (builtins.debianArchive { source = "/x"; }).packages; in [ (builtins.attrNames p) p.pkg000001.filename (p ? pkg000009) ]',
    ),
    '[ [ "pkg000000" "pkg000001" "pkg000002" ] "pool/pkg000001.deb" false ]',
  );
  assert.deepEqual([...records.keys()], ['pkg000001']);
  assert.equal(
    show(ev, 'let a = builtins.debianArchive { source = /x; }; in [ (a.providers "virtual") (a.resolve [ "pkg000002" ]) ]'),
    '[ [ "pkg000001" ] [ "pkg000002" "libc6" ] ]',
  );
  assert.throws(() => show(ev, '(builtins.debianArchive { source = /x; }).resolve [ "broken" ]'), {
    code: 'debian/unresolvable',
    hint: 'Choose another',
  });
});

test('65,000 packages cost little until they are used', () => {
  const ev = evaluator(65_000);
  const start = performance.now();
  assert.equal(
    show(
      ev,
      'builtins.length (builtins.attrNames (builtins.mapAttrs (n: r: r.version) (builtins.debianArchive { source = /x; }).packages))',
    ),
    '65000',
  );
  const elapsed = performance.now() - start;
  assert.ok(elapsed < 1000, `${elapsed} ms`);
});

const system = `
  let
    plain = name: attrs: derivation ({ inherit name; system = "builtin"; builder = "builtin:tree"; } // attrs);
    package = name: dep: plain name { debianPackage = name; inherit dep; };
    structured = name: plain name { __structuredAttrs = true; debianPackage = name; };
    curl = package "curl" (package "libcurl" null);
    git = structured "git";
    unit = plain "unit" { text = "\${curl}/bin/curl"; };
    etc = plain "etc" { inherit unit; other = plain "other" { x = [ unit git ]; }; file = builtins.toFile "f" "x"; };
  in`;

test('debianRoots finds the packages behind derivations, and stops at them', () => {
  const ev = evaluator();
  assert.equal(show(ev, `${system} builtins.debianRoots "\${etc}"`), '[ "curl" "git" ]');
  assert.equal(show(ev, `${system} builtins.debianRoots [ unit { a = "\${git}"; b = 1; } ]`), '[ "curl" "git" ]');
  assert.equal(show(ev, `${system} builtins.debianRoots unit.drvPath`), '[ "curl" ]');
  assert.equal(show(ev, 'builtins.debianRoots [ "x" 1 null { } ]'), '[ ]');
});
