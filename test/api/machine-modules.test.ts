import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineModules, testExpression } from '../../src/api/machine-modules.ts';

test('machines are modules as text, files and attributes of flakes', () => {
  const modules = machineModules(
    { a: '{ }', b: { file: 'package.json' }, c: { installable: '.#nixosModules.web' }, d: { installable: 'github:me/it#x' } },
    process.cwd(),
  );
  assert.deepEqual(
    [...modules.values()],
    [
      '(\n{ }\n)',
      `(/. + "${process.cwd()}/package.json")`,
      `(builtins.getFlake "${process.cwd()}")."nixosModules"."web"`,
      '(builtins.getFlake "github:me/it")."x"',
    ],
  );
  const { expr, args } = testExpression({ name: 'two "names" ${x}' }, modules);
  assert.match(expr, /"a" = \(\n\{ \}\n\);\n"b" = /);
  assert.deepEqual(args, { name: { text: 'two "names" ${x}' }, distribution: { text: 'debian/trixie' } });
});

test('what is no machine is an error', () => {
  const code = 'test/bad-node';
  assert.throws(() => machineModules({ 'a b': '{ }' }, '/'), {
    code,
    message: /'a b' of the test cannot be made: its name is no host name/,
  });
  assert.throws(() => machineModules({ a: { file: './none.nix' } }, '/'), { code, message: /there is no file '\/none.nix'/ });
  for (const installable of ['.', '.#', '.#a#b', '.#a."b"', '.#${x}'])
    assert.throws(() => machineModules({ a: { installable } }, '/'), { code }, installable);
});
