/** The wording of comments and texts, in TypeScript and in the distribution's Nix files, and the width of lines. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

/** Folders whose wording is not checked yet, and this file, which has the words. */
const UNREVISED = ['test/prose.test.ts', 'machine/', 'src/lang/', 'src/eval/', 'src/derive/', 'src/machine/'];
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
  [/\basked of\b/, '"required of", "called with"'],
];

const tracked = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0');
const sources = tracked.filter((file) => /\.(?:ts|mjs)$/.test(file));
const nixFiles = tracked.filter((file) => file.endsWith('.nix'));
/** Those whose lines have a limit: examples/blog has the blog's own files, as they are. */
const narrowNixFiles = nixFiles.filter((file) => !file.startsWith('examples/blog/'));
const distroFiles = nixFiles.filter((file) => /^(?:distro|image-builder)\//.test(file));
const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n');

/** The comments and strings of a line, without its names. */
function proseOf(line: string): string {
  if (/^\s*(?:\/\*\*?|\*|\/\/)/.test(line)) return line;
  const texts = line.match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`?|\/\*.*\*\/|\s\/\/ .*$/g) ?? [];
  return texts.join('\n');
}

/** The same for the lines of a Nix file, where a string of one word is no text, and an indented string is only as a description. */
function nixProseOf(lines: string[]): string[] {
  let within: '*/' | "''" | undefined;
  return lines.map((line) => {
    const opened = within;
    if (within === undefined) {
      if (/\/\*(?!.*\*\/)/.test(line)) within = '*/';
      else if (/\bdescription = ''(?!.*'')/.test(line)) within = "''";
    } else if (line.includes(within)) within = undefined;
    if (opened !== undefined || within === '*/') return line;
    const texts = line.match(/"(?:[^"\\]|\\.)* (?:[^"\\]|\\.)*"|\/\*.*\*\/|(?:^|\s)#\s.*$/g) ?? [];
    return texts.join('\n');
  });
}

function banned(file: string, lines: string[], prose: string[]): string[] {
  return lines.flatMap((line, i) =>
    BANNED.filter(([pattern]) => pattern.test(prose[i]!)).map(([, instead]) => `${file}:${i + 1}: ${line.trim()}\n    write: ${instead}`),
  );
}

test('comments and texts are in the plain English of the field', () => {
  const revised = sources.filter((file) => !UNREVISED.some((folder) => file.startsWith(folder)));
  const found = revised.flatMap((file) => banned(file, linesOf(file), linesOf(file).map(proseOf)));
  assert.deepEqual(found, [], found.join('\n'));
});

test("so are the distribution's comments, descriptions and messages", () => {
  const found = distroFiles.flatMap((file) => banned(file, linesOf(file), nixProseOf(linesOf(file))));
  assert.deepEqual(found, [], found.join('\n'));
});

test('prose of a Nix file', () => {
  const lines = [
    'user = "nobody"; # told',
    '/* is told',
    '   at hand */ nobody = 1;',
    'text = "of nobody";',
    "description = ''",
    '  Whoever asks.',
    "'';",
    'nobody = whoever;',
  ];
  assert.deepEqual(nixProseOf(lines), [
    ' # told',
    '/* is told',
    '   at hand */ nobody = 1;',
    '"of nobody"',
    '',
    '  Whoever asks.',
    "'';",
    '',
  ]);
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
  const mayBeWide = (file: string, line: string): boolean =>
    !file.endsWith('.nix') && WIDE.some((wide) => file.startsWith(wide.file) && wide.line.test(line));
  for (const file of [...sources, ...narrowNixFiles]) {
    for (const [i, line] of linesOf(file).entries()) {
      if (line.length <= WIDTH || mayBeWide(file, line)) continue;
      found.push(`${file}:${i + 1}: ${line.length} columns`);
    }
  }
  assert.deepEqual(found, [], found.join('\n'));
});
