import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allBuiltins } from '../../../src/eval/builtins/index.ts';
import { Evaluator } from '../../../src/eval/evaluator.ts';
import { MemoryHost } from './memory-host.ts';

/** `builtins.attrNames builtins` of Nix 2.34.8 with no experimental feature. */
const stable = `
abort add addDrvOutputDependencies addErrorContext all any appendContext attrNames attrValues baseNameOf bitAnd bitOr bitXor break
builtins catAttrs ceil compareVersions concatLists concatMap concatStringsSep convertHash currentSystem currentTime deepSeq
derivation derivationStrict dirOf div elem elemAt false fetchGit fetchMercurial fetchTarball fetchurl filter filterSource findFile
flakeRefToString floor foldl' fromJSON fromTOML functionArgs genList genericClosure getAttr getContext getEnv getFlake groupBy
hasAttr hasContext hashFile hashString head import intersectAttrs isAttrs isBool isFloat isFunction isInt isList isNull isPath
isString langVersion length lessThan listToAttrs map mapAttrs match mul nixPath nixVersion null parseDrvName parseFlakeRef
partition path pathExists placeholder readDir readFile readFileType removeAttrs replaceStrings scopedImport seq sort split
splitVersion storeDir storePath stringLength sub substring tail throw toFile toJSON toPath toString toXML trace traceVerbose true
tryEval typeOf unsafeDiscardOutputDependency unsafeDiscardStringContext unsafeGetAttrPos warn zipAttrsWith
`
  .trim()
  .split(/\s+/);

/** What experimental features add there. */
const experimental = { 'fetch-tree': ['fetchTree'], 'fetch-closure': ['fetchClosure'], 'dynamic-derivations': ['outputOf'] };

/** Only ours. */
const own = ['debianArchive', 'debianRoots'];

const names = (...features: string[]): string[] => [
  ...new Evaluator({ host: new MemoryHost(), builtins: allBuiltins, features: new Set(features) }).builtins.names(),
];

test('builtins has the names of Nix 2.34 and two more', () => {
  assert.deepEqual(names().sort(), [...stable, ...own].sort());
});

for (const [feature, added] of Object.entries(experimental)) {
  test(`${feature} adds the same builtins as in Nix`, () => {
    assert.deepEqual(
      names(feature).filter((name) => !names().includes(name)),
      added,
    );
  });
}

test('pure evaluation has neither currentTime nor currentSystem', () => {
  const host = new MemoryHost();
  Object.defineProperty(host, 'pureEval', { value: true });
  const pure = new Evaluator({ host, builtins: allBuiltins }).builtins.names();
  assert.deepEqual(
    names().filter((name) => !pure.includes(name)),
    ['currentSystem', 'currentTime'],
  );
});
