import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputFiles } from '../../src/builders/input-files.ts';
import { InputScope } from '../../src/realise/input-scope.ts';
import { directory, file, symlink } from '../../src/tree/file-tree.ts';
import { hostileStore } from '../builders/hostile-store.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const folder = scratchFolder();
const hostile = hostileStore(folder);

function scopeOf() {
  const { store, input } = hostile;
  const referred = store.addToStore('referred', directory([['deep', directory([['x', file('deep')]])]]), { method: 'nar' });
  const user = store.addToStore(
    'user',
    directory([
      ['in', symlink(`${input}/bin`)],
      ['referred', symlink(`${referred}/deep`)],
      ['near', symlink('in')],
      ['machine', symlink('/etc/machine-id')],
    ]),
    { method: 'nar', references: [referred] },
  );
  const attrs = { lists: [{ of: ['x', { path: '/etc/shadow' }] }], empty: '' };
  const scope = new InputScope(store, [input, user, hostile.links], { drvPath: '/nix/store/x.drv', builder: 'builtin:x', attrs });
  return { ...hostile, scope, files: new InputFiles(scope), user, referred };
}

test('the closure of the inputs is readable; links within it are followed, except at the end of a path', () => {
  const { scope, files, store, input, user, referred } = scopeOf();
  assert.equal(scope.realPath(`${referred}/deep/x`), store.realPath(`${referred}/deep/x`));
  assert.equal(scope.realPath(`${user}/in/tool`), store.realPath(`${input}/bin/tool`));
  assert.equal(scope.realPath(`${user}/near/tool`), store.realPath(`${input}/bin/tool`));
  assert.equal(scope.realPath(`${user}/in`), store.realPath(`${user}/in`));
  assert.equal(files.text(`${user}/referred/x`), 'deep');
  assert.equal(files.find(`${user}/near/../bin//tool/.`)?.path, `${input}/bin/tool`);
  // A path of the guest does not exist here, which is not an error.
  assert.equal(files.find(`${user}/machine`), undefined);
  assert.equal(files.find(`${user}/machine/x`), undefined);
  // A file is not a directory, as in the file system.
  assert.equal(files.find(`${input}/file/../init`), undefined);
});

test('refuses all other paths, however they are written', () => {
  const { scope, files, store, input, links, outside, led } = scopeOf();
  for (const [way, path] of Object.entries({ ...outside, ...led })) {
    // A link at the end is a file of the input itself.
    if (path.startsWith(`${links}/`) && path.split('/').length === 5) continue;
    assert.throws(() => scope.realPath(path), { code: 'build/not-an-input' }, way);
  }
  for (const [way, path] of Object.entries({ ...outside, ...led })) {
    if (way === 'a link to itself') continue;
    assert.throws(() => scope.realPath(`${path}/file`), { code: 'build/not-an-input' }, way);
    assert.throws(() => files.read(`${path}/file`), { code: 'build/not-an-input' }, way);
    assert.throws(() => files.tree(`${path}/file`), { code: 'build/not-an-input' }, way);
  }
  assert.throws(() => scope.realPath(`${links}/loop/file`), { code: 'io/no-such-file' });
  for (const path of ['', '/', '/nix', '/nix/store/', '/nix/storeroom/x', `${input}/`, `${input}/.`, `${input}/x\0`, `${input}\0`]) {
    assert.throws(() => scope.realPath(path), { code: 'build/not-an-input' }, JSON.stringify(path));
    if (!path.startsWith(input)) assert.throws(() => store.realPath(path), { code: 'store/outside-store' }, JSON.stringify(path));
  }
});

test('the error names the attribute, the target of its links and a remedy', () => {
  const { scope, files, links, host } = scopeOf();
  assert.throws(() => scope.realPath('/etc/shadow'), {
    message: "'/etc/shadow' is not among the inputs of the derivation (attribute `lists[0].of[1].path'), so 'builtin:x' may not read it",
    hint: /\.\/file/,
  });
  assert.throws(() => files.read(`${links}/absolute/file`), {
    message:
      `'${links}/absolute/file' leads to '${host}/private/file', which is not among the inputs of the derivation, so ` +
      `'builtin:x' may not read it`,
  });
});

test('a copy that follows links terminates', () => {
  const { store } = scopeOf();
  const levels = Array.from(
    { length: 20 },
    (_, n) =>
      [
        `d${n}`,
        directory([
          ['a', symlink(`../d${n + 1}`)],
          ['b', symlink(`../d${n + 1}`)],
        ]),
      ] as [string, ReturnType<typeof directory>],
  );
  const bomb = store.addToStore(
    'bomb',
    directory([...levels, ['d20', file('x')], ['round', directory([['again', symlink('../round')]])]]),
    { method: 'nar' },
  );
  const files = new InputFiles(new InputScope(store, [bomb], { drvPath: '', builder: 'x', attrs: {} }));
  assert.throws(() => files.copy(`${bomb}/d0`), { code: 'build/too-many-files' });
  assert.throws(() => files.copy(`${bomb}/round`), { code: 'build/link-loop' });
  assert.equal(files.copy(`${bomb}/d15`).type, 'directory');
});
