/** The wording of comments and texts, and the width of lines. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

/** Folders whose wording is not checked yet. */
const UNREVISED = ['machine/', 'src/lang/', 'src/eval/', 'src/derive/', 'src/machine/'];
const WIDTH = 140;
/** Lines that must be longer, with the reason. `file` may be a folder. */
const WIDE: { file: string; line: RegExp; reason: string }[] = [
  {
    file: 'test/',
    line: /^\s*(?:(?:text: )?['"`]|\/[\^\w]|\/\^?\\)/,
    reason: 'an expression, an expected text or data, compared as one piece',
  },
  { file: 'test/debian/resolve.test.ts', line: /^(?:Dir|APT)::/, reason: "apt's configuration" },
  { file: 'test/', line: /^\s+(?:\w+ = |inherit |packages\.|diskSize|configFile|contents|rev = )/, reason: 'Nix text in a template' },
  { file: 'src/eval/internal-files.ts', line: /^, outputHashAlgo/, reason: "Nix's own text, whose positions errors name" },
  { file: 'scripts/fuzz/atoms.ts', line: /^\s*inherit \(builtins\)/, reason: 'one line of a Nix expression' },
];

/** Wording that is not standard English, or not that of the field, with what to write instead. */
const BANNED: [pattern: RegExp, instead: string][] = [
  [/(?:^|[.;:,] |\/\*\* | \* |and )[Aa]nswers (?:the|a|an|what|whether|how|which|where|undefined|true|false|`)/, '"Returns"'],
  [/\b(?:answers|answered) (?:as|by|with)\b/, '"returns" or "responds"'],
  [/\bfails with `/i, '"Throws `code`"'],
  [/\b(?:is|are|be|was|were|been) told\b/, 'who receives what: "receives", "is called with"'],
  [/\btold (?:by|of|from|apart|to|in)\b/, '"reported", "detected from", "distinguished"'],
  [/\bunless told\b/, '"Defaults to"'],
  [/\btells? (?:of|what|whether|where|which|apart|the|it|this|that|more|less|nothing)\b/, '"reports", "returns", "shows"'],
  [/\bwhoever\b/i, 'the caller, the user, the author'],
  [/\bwho asks\b/, 'the caller'],
  [/\bnobody\b/i, '"no process", "not ... any user", the passive'],
  [/\bat hand\b/, '"current", "in memory"'],
  [/\bthat it is of\b/, 'the noun that is meant'],
  [/\bof ours\b/, '"our", "one of our"'],
  [/\bis no fault\b/, '"is ignored"'],
  [/\bto be had\b/, '"available"'],
  [/\bforbids to\b/, '"forbids ...ing"'],
];

const tracked = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0');
const sources = tracked.filter((file) => /\.(?:ts|mjs)$/.test(file));
const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n');

/** The comments and strings of a line, without its names. */
function proseOf(line: string): string {
  if (/^\s*(?:\/\*\*?|\*|\/\/)/.test(line)) return line;
  const texts = line.match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`?|\/\*.*\*\/|\s\/\/ .*$/g) ?? [];
  return texts.join('\n');
}

test('comments and texts are in the plain English of the field', () => {
  const found: string[] = [];
  for (const file of sources) {
    if (UNREVISED.some((folder) => file.startsWith(folder))) continue;
    for (const [i, line] of linesOf(file).entries()) {
      const prose = proseOf(line);
      for (const [pattern, instead] of BANNED) {
        if (pattern.test(prose)) found.push(`${file}:${i + 1}: ${line.trim()}\n    write: ${instead}`);
      }
    }
  }
  assert.deepEqual(found, [], found.join('\n'));
});

test('hints are sentences that say what to do', () => {
  const found: string[] = [];
  for (const file of sources) {
    if (UNREVISED.some((folder) => file.startsWith(folder))) continue;
    for (const [i, line] of linesOf(file).entries()) {
      const [, first] = /\bhint: ['"`](.)/.exec(line) ?? [];
      if (first !== undefined && /[a-z]/.test(first)) found.push(`${file}:${i + 1}: ${line.trim()}`);
    }
  }
  assert.deepEqual(found, [], found.join('\n'));
});

test(`no line has more than ${WIDTH} columns`, () => {
  const found: string[] = [];
  for (const file of sources) {
    for (const [i, line] of linesOf(file).entries()) {
      if (line.length <= WIDTH || WIDE.some((wide) => file.startsWith(wide.file) && wide.line.test(line))) continue;
      found.push(`${file}:${i + 1}: ${line.length} columns`);
    }
  }
  assert.deepEqual(found, [], found.join('\n'));
});
