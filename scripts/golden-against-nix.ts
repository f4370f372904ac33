/**
 * Compares the golden cases of the language (test/lang) with real Nix: the same value, or an error of the same meaning.
 *
 *     node --import tsx scripts/golden-against-nix.ts [--nix-instantiate PROGRAM] [PATTERN]
 *
 * Intended differences in wording are in scripts/fuzz/accepted.ts. Written for Nix 2.34; the exit status is 1 when a case differs.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { agree } from './fuzz/compare.ts';
import { innermostError } from './fuzz/oracle.ts';
import type { Outcome } from './fuzz/outcome.ts';

const {
  values: options,
  positionals: [pattern = ''],
} = parseArgs({
  allowPositionals: true,
  options: { 'nix-instantiate': { type: 'string', default: process.env.NIX_INSTANTIATE ?? 'nix-instantiate' } },
});

const folder = fileURLToPath(new URL('../test/lang', import.meta.url));

/** Cases whose results cannot be compared, with the reason. */
const incomparable = new Map<string, string>([['eval-fail-infinite-recursion-mapped', 'Nix runs out of stack instead of seeing the loop']]);

function nixAnswer(name: string): Outcome {
  // Depends on the settings of this Nix.
  const features = ['--option', 'experimental-features', /-pipe-(operators|mixed)$/.test(name) ? 'flakes pipe-operators' : 'flakes'];
  const run = spawnSync(
    options['nix-instantiate'],
    ['--store', 'dummy://?read-only=false', ...features, '--eval', '--strict', join(folder, `${name}.nix`)],
    {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
      timeout: 60_000,
    },
  );
  if (run.status === 0) return { kind: 'value', text: run.stdout.trimEnd() };
  return { kind: 'error', text: innermostError(run.stderr.replace(/\x1b\[[0-9;]*m/g, '')) };
}

function pinnedAnswer(name: string): Outcome {
  const portable = (file: string): string => readFileSync(join(folder, file), 'utf8').replaceAll('/pwd', folder);
  if (name.startsWith('eval-okay-')) return { kind: 'value', text: portable(`${name}.exp`).trimEnd() };
  const [message] = portable(`${name}.err`).split(/\n {2}(?:at|\||hint:|…) /);
  return {
    kind: 'error',
    text: message!
      .replace(/^error\[[^\]]*\]: /, '')
      .replace(/\s+/g, ' ')
      .trim(),
  };
}

let compared = 0;
const different: string[] = [];
for (const file of readdirSync(folder)
  .filter((f) => f.endsWith('.nix') && f.includes(pattern))
  .sort()) {
  const name = file.slice(0, -'.nix'.length);
  if (!/^(eval|parse)-/.test(name) || incomparable.has(name)) continue;
  const nix = nixAnswer(name);
  const ours = pinnedAnswer(name);
  compared += 1;
  if (agree(nix, ours)) continue;
  different.push(name);
  console.log(`${name}\n    nix  ${nix.kind} ${nix.text}\n    ours ${ours.kind} ${ours.text}`);
}
console.log(`${compared} cases compared with ${options['nix-instantiate']}: ${different.length} differ`);
process.exitCode = different.length > 0 ? 1 : 0;
