import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeLength, hasControls, visible, visibleLine, visibleWithColours } from '../../src/base/control-characters.ts';

test('makes every control character visible and changes nothing else', () => {
  for (let code = 0; code < 0x3000; code += 1) {
    const character = String.fromCharCode(code);
    const obeyed =
      (code < 0x20 && code !== 9 && code !== 10) ||
      (code >= 0x7f && code <= 0x9f) ||
      [0x61c, 0x200b, 0x200e, 0x200f].includes(code) ||
      (code >= 0x2028 && code <= 0x202e) ||
      (code >= 0x2066 && code <= 0x2069);
    assert.equal(hasControls(character), obeyed, code.toString(16));
    assert.equal(hasControls(visible(character)), false);
    assert.equal(visible(character) === character, !obeyed, code.toString(16));
  }
  assert.equal(visible('\x00\x1b[2J\x7f\x9b\u2068 é 日本 \u{1f600}\t\n'), '^@^[[2J^?<U+009B><U+2068> é 日本 \u{1f600}\t\n');
});

test('makes line breaks visible where only one line is shown', () => {
  assert.equal(visible('a\r\nb\rc\n'), 'a\r\nb^Mc\n');
  assert.equal(visibleLine('a\r\nb\tc'), 'a^M^Jb\tc');
});

test('keeps or removes colours, and ends them with their line', () => {
  const text = '\x1b[1;38;5;9mred\nplain \x1b[31mred\x1b[0m \x1b[4:3mwavy';
  assert.equal(visibleWithColours(text, true), '\x1b[1;38;5;9mred\x1b[0m\nplain \x1b[31mred\x1b[0m \x1b[4:3mwavy\x1b[0m');
  assert.equal(visibleWithColours(text, false), 'red\nplain red wavy');
});

test('removes the code that conceals text, but no colour whose number contains an 8', () => {
  for (const [text, seen] of [
    ['\x1b[8mhidden', 'hidden'],
    ['\x1b[08mhidden', 'hidden'],
    ['\x1b[31;8mx', '\x1b[31mx\x1b[0m'],
    ['\x1b[8;4mx', '\x1b[4mx\x1b[0m'],
    ['\x1b[31m\x1b[8mx', '\x1b[31mx\x1b[0m'],
    ['\x1b[8:1mx', 'x'],
    ['\x1b[38;5;8mx', '\x1b[38;5;8mx\x1b[0m'],
    ['\x1b[48;2;8;8;8;8mx', '\x1b[48;2;8;8;8mx\x1b[0m'],
    ['\x1b[38:5:8mx', '\x1b[38:5:8mx\x1b[0m'],
    ['\x1b[38;8mx', '\x1b[38mx\x1b[0m'],
    ['\x1b[1;4;7;28mx', '\x1b[1;4;7;28mx\x1b[0m'],
    ['\x1b[38;2;8mx', '\x1b[38;2;8mx\x1b[0m'],
  ] as const)
    assert.equal(visibleWithColours(text, true), seen);
});

test('shows malformed and other escape sequences as text', () => {
  for (const [text, seen] of [
    ['\x1b[31', '^[[31'],
    ['\x1b[31;2H', '^[[31;2H'],
    ['\x1b[?25m', '^[[?25m'],
    ['\x1b[>4;1m', '^[[>4;1m'],
    ['\x1b\x1b[31mx', '^[\x1b[31mx\x1b[0m'],
    [`\x1b[${'1;'.repeat(30)}m`, `^[[${'1;'.repeat(30)}m`],
    ['\x1b]8;;http://x\x1b\\link', '^[]8;;http://x^[\\link'],
    ['\x1bP+q\x1b\\', '^[P+q^[\\'],
  ] as const)
    assert.equal(visibleWithColours(text, true), seen);
});

test('cuts pieces before an incomplete escape sequence', () => {
  for (const [text, length] of [
    ['abc', 3],
    ['ab\x1b', 2],
    ['ab\x1b[', 2],
    ['ab\x1b[31;1', 2],
    ['ab\x1b[31m', 7],
    ['ab\x1b]', 4],
    ['a\r', 1],
    [`\x1b[${'1'.repeat(50)}`, 52],
  ] as const) {
    assert.equal(completeLength(text), length, JSON.stringify(text));
  }
});
