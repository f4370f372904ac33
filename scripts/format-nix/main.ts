/**
 * The formatter of Nix files.
 *
 *     node --import tsx scripts/format-nix/main.ts [--check] [FILE...]
 *
 * Without files: all that git tracks, except test cases. `--check` lists the files that would change, and those with lines of more than
 * 140 columns.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { width } from './doc.ts';
import { format } from './format.ts';

/** Files that must stay as they are: language cases, files whose positions or bytes a test expects, and the blog's own files. */
const AS_IT_IS = /^(?:test|examples\/blog)\//;
const LONGEST = 140;

function tracked(): string[] {
  const run = spawnSync('git', ['ls-files', '-z', '*.nix'], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout.split('\0').filter((file) => file !== '' && !AS_IT_IS.test(file));
}

const isCheck = process.argv.includes('--check');
const named = process.argv.slice(2).filter((word) => word !== '--check');
let wrong = 0;
for (const file of named.length > 0 ? named : tracked()) {
  try {
    const text = readFileSync(file, 'latin1');
    const formatted = format(text);
    if (formatted !== text && !isCheck) writeFileSync(file, formatted, 'latin1');
    const problems = formatted !== text && isCheck ? [`${file}: not formatted (npm run format:nix)`] : [];
    formatted.split('\n').forEach((line, i) => {
      if (width(line) > LONGEST) problems.push(`${file}:${i + 1}: ${width(line)} columns`);
    });
    if (problems.length > 0) console.error(problems.join('\n'));
    wrong += problems.length;
  } catch (error) {
    console.error(`${file}: ${(error as Error).message}`);
    wrong++;
  }
}
if (wrong > 0) process.exitCode = 1;
