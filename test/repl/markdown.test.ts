import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allBuiltins } from '../../src/eval/builtins/index.ts';
import { registerSource } from '../../src/lang/position.ts';
import { docCommentAt } from '../../src/repl/doc-comment.ts';
import { renderMarkdown } from '../../src/repl/markdown.ts';

const plain = (text: string, width = 80): string => renderMarkdown(text, { width, colour: false });

test('wraps paragraphs at the width, and keeps code unchanged', () => {
  assert.equal(
    plain('one two\nthree `four` *five* **six**\n\n```nix\n  a =   1;\n\nb\n```\nend', 18),
    'one two three four\nfive six\n\n  │   a =   1;\n  │ \n  │ b\nend',
  );
  assert.equal(
    plain('# Title\ntext\n\n- first item that is long\n- second\n\n1. one', 16),
    'Title\n\ntext\n\n· first item\n  that is long\n· second\n\n1. one',
  );
  assert.equal(plain('broken\\\nhere, [a link](https://example.org) and 2 * 3 * 4'), 'broken\nhere, a link and 2 * 3 * 4');
  assert.equal(plain('    indented code\n\ntext'), '  │ indented code\n\ntext');
});

test('colours emphasis if colours are enabled; the colour codes do not count as width', () => {
  assert.equal(renderMarkdown('`a` b', { width: 3, colour: true }), '\x1b[36ma\x1b[0m b');
});

test('shows the documentation of every builtin without markup, within the width', () => {
  for (const { name, doc } of allBuiltins) {
    const shown = plain(doc);
    assert.ok(shown.length > 10, name);
    assert.doesNotMatch(shown.replace(/^ {2}│.*$/gm, ''), /`|\*\*/, name);
    for (const line of shown.split('\n'))
      assert.ok(line.startsWith('  │') || line.length <= 80 || !line.trim().includes(' '), `${name}: ${line}`);
  }
});

const commentBefore = (text: string): string | undefined => {
  const source = registerSource('/x.nix', text);
  return docCommentAt(source.base + text.indexOf('HERE'));
};

test('a doc comment is the one right before a function or before its binding', () => {
  assert.equal(commentBefore('/** one */ HERE'), 'one');
  assert.equal(commentBefore('/** one */ (HERE'), 'one');
  assert.equal(commentBefore('{ /** one */ a.b."c d" = HERE'), 'one');
  assert.equal(commentBefore('/* none */ HERE'), undefined);
  assert.equal(commentBefore('/**/ HERE'), undefined);
  assert.equal(commentBefore('/** one */ a = 1; b = HERE'), undefined);
  assert.equal(commentBefore('/** one */ /* nearer */ HERE'), undefined);
  assert.equal(commentBefore('/* first */ /** has /* in it */ HERE'), 'has /* in it');
  assert.equal(commentBefore('/**\n    Two\n      lines\n\n    and one\n  */\n  f = HERE'), 'Two\n  lines\n\nand one');
});
