/** An option that is the last word lacks its value: nothing else is taken for it. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { workplace } from '../support/bootflake.ts';

test('an option without its value is refused', async (t) => {
  const place = workplace('missing-value');
  t.after(() => place.remove());
  mkdirSync(join(place.folder, 'f'));
  writeFileSync(
    join(place.folder, 'f/flake.nix'),
    `{ outputs = _: { n = 1; tree = derivation {
      name = "t"; system = "builtin"; builder = "builtin:tree"; __structuredAttrs = true; entries = [ ];
    }; }; }\n`,
  );
  for (const words of [
    ['build', 'path:./f#tree', '-o'],
    ['build', 'path:./f#tree', '--out-link'],
    ['deploy', 'path:./f#web', '--host'],
    ['build-image', 'path:./f#web', '--image-variant'],
    ['run', 'path:./f#web', '--disk'],
    ['vm', 'create', 'web', 'path:./f#web', '-m'],
  ]) {
    const { status, stderr } = await place.bootflake(words);
    assert.notEqual(status, 0, words.join(' '));
    assert.match(stderr, /^error: option '.*' argument missing$/m, words.join(' '));
  }
  assert.equal(existsSync(join(place.folder, '--')), false);
  // Operands may begin with a dash after '--', which may have none.
  for (const words of [
    ['eval', '--', 'path:./f#n'],
    ['eval', 'path:./f#n', '--'],
  ])
    assert.equal((await place.bootflake(words)).stdout, '1\n', words.join(' '));
});
