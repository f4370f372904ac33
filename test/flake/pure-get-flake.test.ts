/**
 * In pure evaluation a flake fetched by getFlake cannot read the host: neither through its inputs nor through debianArchive's state.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { test } from 'node:test';
import type { BootflakeError } from '../../src/base/errors.ts';
import { narHash } from '../../src/nix-format/nar-writer.ts';
import { sri } from '../../src/nix-format/hash.ts';
import { directory, file } from '../../src/tree/file-tree.ts';
import { open } from './opened.ts';

const secret = 'the secret line of a host file';

/** The input of a flake that getFlake references with its hash, which is all that makes a reference locked. */
const inputs = (folder: string): [url: string, isFlake: boolean][] => [
  [`path:${folder}/host`, false],
  [`path:${folder}/host`, true],
  [`git+file://${folder}/repository`, false],
  [`git+file://${folder}/repository?ref=main`, true],
  [`file+file://${folder}/host/secret`, false],
  [`tarball+file://${folder}/host.tar`, false],
  ['flake:ours', false],
  ['ours', true],
];

test('getFlake of a locked flake without a lock fetches none of its unlocked inputs', async (t) => {
  const leaf = '{ outputs = _: { secret = builtins.readFile ./secret; }; }\n';
  const { space, session } = open(t, {
    'host/secret': secret,
    'host/flake.nix': leaf,
    'repository/secret': secret,
    'repository/flake.nix': leaf,
    'flake.nix': '{ outputs = { self }: { }; }\n',
  });
  space.git('repository', 'init', '-q', '-b', 'main');
  space.git('repository', 'add', '.');
  space.git('repository', 'commit', '-q', '-m', 'x');
  assert.equal(spawnSync('tar', ['-cf', space.path('host.tar'), '-C', space.folder, 'host']).status, 0);
  const sessions = [session(), session({ overrideFlakes: [['ours', `path:${space.path('host')}`]] })];
  for (const [index, [url, isFlake]] of inputs(space.folder).entries()) {
    const text =
      `{ inputs.s = { url = "${url}"; flake = ${isFlake}; }; outputs = { self, s }: { x = builtins.readFile ` + `"\${s}/secret"; }; }\n`;
    const tree = directory();
    tree.entries.set('flake.nix', file(Buffer.from(text)));
    const hash = sri(narHash(tree).sha256).replaceAll('+', '%2B');
    space.write({
      [`${index}/in/flake.nix`]: text,
      [`${index}/flake.nix`]:
        '{ outputs = { self }: { x = (builtins.getFlake (builtins.unsafeDiscardStringContext ' +
        `"path:\${self}/in?narHash=${hash}")).x; }; }\n`,
    });
    for (const s of sessions) {
      await assert.rejects(
        s.evaluateExpression({ installable: `path:${space.path(`${index}`)}#x`, format: 'nix' }),
        (error: BootflakeError) => {
          assert.equal(error.code, 'flake/unlocked-fetch', `${url}: ${error.message}`);
          assert.doesNotMatch(`${error.message}${error.hint}`, new RegExp(secret));
          return true;
        },
      );
    }
  }
});

test('debianArchive reads its state only from the tree, and shows nothing of other files', async (t) => {
  const call = '{ outputs = { self }: { x = (builtins.debianArchive { source = self; }).suite; }; }\n';
  const { space, session } = open(t, {
    'host/secret': secret,
    'linked/flake.nix': call,
    'none/flake.nix': call,
    'text/flake.nix': call,
    'text/archive.json': secret,
    'null/flake.nix': call,
    'null/archive.json': 'null',
    'suite/flake.nix': call,
    'suite/archive.json': '{ "type": "debian", "suite": "../../x" }',
    'folder/flake.nix': call,
    'folder/archive.json/x': '',
  });
  symlinkSync(space.path('host/secret'), space.path('linked/archive.json'));
  const codes = {
    linked: 'eval/forbidden-path',
    none: 'eval/missing-path',
    text: 'debian/bad-lock',
    null: 'debian/bad-lock',
    suite: 'debian/bad-lock',
    folder: 'eval/unreadable-path',
  };
  const s = session();
  for (const [name, code] of Object.entries(codes)) {
    await assert.rejects(s.evaluateExpression({ installable: `path:${space.path(name)}#x`, format: 'nix' }), (error: BootflakeError) => {
      assert.equal(error.code, code, `${name}: ${error.message}`);
      assert.doesNotMatch(`${error.message}${error.hint}`, new RegExp(secret));
      return true;
    });
  }
});
