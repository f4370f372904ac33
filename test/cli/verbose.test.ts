/** `-v` prints more for every command. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { verifyStore } from '../../src/api/pipeline.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { workplace } from '../support/bootflake.ts';
import { setEnvironment } from '../support/environment.ts';

/** A command's words, and what it prints with `-v` only. */
const commands: [words: string[], more: RegExp][] = [
  [['eval', 'path:./f#n'], /evaluating file '\/nix\/store\/[^']*\/flake\.nix'/],
  [['eval', 'path:./f#copied'], /copied '[^']*data' to '\/nix\/store\//],
  [['build', 'path:./f#tree', '--no-link'], /made '\/nix\/store\/[^']*\.drv'|nothing has changed/],
  [['build', 'path:./f#tree', '--dry-run'], /nothing has changed since 'path:[^']*#tree' was evaluated/],
  [['flake', 'lock', 'path:./f'], /'path:[^']*' is '\/nix\/store\/[^']*-source'/],
  [['flake', 'metadata', 'path:./f'], /is '\/nix\/store\/[^']*-source'/],
  [['flake', 'show', 'path:./f'], /evaluating file/],
  [['flake', 'check', 'path:./f'], /evaluating file/],
  [['path-info', 'path:./f#tree'], /nothing has changed/],
  [['store', 'verify'], /checking path '\/nix\/store\//],
  [['store', 'gc'], /deleting '\/nix\/store\//],
];

test('every command prints more with -v', async () => {
  const place = workplace('verbose');
  try {
    mkdirSync(join(place.folder, 'f'));
    writeFileSync(join(place.folder, 'f/data'), 'data');
    writeFileSync(
      join(place.folder, 'f/flake.nix'),
      `{ outputs = _: {
      n = 1; copied = "\${./data}";
      tree = derivation { name = "t"; system = "builtin"; builder = "builtin:tree"; __structuredAttrs = true; entries = [ ]; };
    }; }\n`,
    );
    for (const [words, more] of commands) {
      const verbose = await place.bootflake([...words, '-v']);
      assert.equal(verbose.status, 0, `${words.join(' ')}: ${verbose.stderr}`);
      assert.match(verbose.stderr, more, words.join(' '));
      const plain = await place.bootflake(words);
      assert.equal(plain.status, 0, plain.stderr);
      assert.doesNotMatch(plain.stderr, more, words.join(' '));
      // Results are the same; only stderr has more.
      if (words[0] !== 'store') assert.equal(verbose.stdout, plain.stdout, words.join(' '));
    }
  } finally {
    place.remove();
  }
});

test('verifying a store ends when its signal is aborted', async (t) => {
  const place = workplace('verify');
  setEnvironment(t, { XDG_DATA_HOME: join(place.folder, 'data') });
  t.after(() => {
    place.remove();
  });
  const store = LocalStore.open({ root: join(place.folder, 'data/bootflake') });
  const paths = Array.from({ length: 20 }, (_, i) => store.addTextToStore(`text-${i}`, String(i), []));
  const seen: string[] = [];
  const report = await verifyStore({ checkContents: true, signal: new AbortController().signal, onPath: (path) => seen.push(path) });
  assert.deepEqual([report, seen.sort()], [{ checked: paths.length, problems: [] }, paths.sort()]);

  const reason = new Error('enough');
  await assert.rejects(verifyStore({ checkContents: true, signal: AbortSignal.abort(reason) }), reason);
  const controller = new AbortController();
  await assert.rejects(verifyStore({ checkContents: true, signal: controller.signal, onPath: () => controller.abort(reason) }), reason);
});
