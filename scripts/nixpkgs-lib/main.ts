/**
 * Runs nixpkgs' own tests of its library against distro/lib, and prints a table of the results.
 *
 *     node --import tsx scripts/nixpkgs-lib/main.ts --nixpkgs FOLDER [--with PROGRAM | --with bootflake] [SUITE...]
 *
 * FOLDER has nixpkgs' `lib`, or is a checkout of github:nix-community/nixpkgs.lib. PROGRAM is Nix's nix-instantiate (2.24 or newer); with
 * `bootflake`, the evaluator of dist/ runs the tests. The tests themselves are shell scripts and Nix files, copied into a scratch folder
 * next to a copy of distro/lib; they need bash, git, jq and bc. The exit status is 1 when a test fails that docs/lib-tests.md doesn't list.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { evaluatorEnvironment } from './environment.ts';
import { assembleTree } from './tree.ts';
import { suites, type Result } from './suites.ts';

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { nixpkgs: { type: 'string' }, with: { type: 'string', default: 'nix-instantiate' }, keep: { type: 'boolean', default: false } },
});
if (options.nixpkgs === undefined) throw new Error('say where nixpkgs is: --nixpkgs FOLDER');

const scratch = mkdtempSync(join(tmpdir(), 'lib-tests-'));
const rows: string[] = [];
let unexpected = 0;
try {
  const theirs = resolve(options.nixpkgs, 'lib');
  const lib = assembleTree(theirs, join(scratch, 'tree'));
  const env = evaluatorEnvironment(scratch, options.with);
  for (const suite of suites.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    const { passed, failed }: Result = suite.run(lib, env, theirs);
    const other = failed.filter((what) => !suite.known.has(what));
    unexpected += other.length;
    rows.push(`| ${suite.name} | ${passed} | ${failed.length} |`);
    console.error(`${suite.name}: ${passed} passed, ${failed.length} failed${other.map((what) => `\n    unexpected: ${what}`).join('')}`);
  }
} finally {
  if (options.keep) console.error(`left in ${scratch}`);
  else rmSync(scratch, { recursive: true, force: true });
}
console.log(`| suite | passed | failed |\n|---|---|---|\n${rows.join('\n')}`);
process.exitCode = unexpected > 0 ? 1 : 0;
