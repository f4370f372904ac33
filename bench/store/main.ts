/**
 * `npm run bench:store [-- [--full] [--runs N] [--keep FOLDER] NAME...]`: work of the store beside that of nix 2.34, in turns: zstd and xz
 * (substitution from a cache of archives so compressed), archives (one tree packed, hashed, unpacked), path-info,
 * builds (many trivial derivations, and some with many inputs).
 * Without --full the sizes are small, for a minute each; --keep leaves what is prepared (trees, caches) for the next time. The folder of
 * nix's programs is /tmp/nix-2.34/bin, or that of NIX_ORACLE; without it only our own times are printed.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { benchArchives } from './archives.ts';
import { benchBuilds } from './builds.ts';
import { benchPathInfo } from './path-info.ts';
import { benchSubstitution } from './substitution.ts';

const { values, positionals } = parseArgs({
  options: { full: { type: 'boolean', default: false }, runs: { type: 'string' }, keep: { type: 'string' } },
  allowPositionals: true,
});
const { full, keep } = values;
const runs = Number(values.runs ?? 3);
const substitution = full ? { paths: 500, bytes: 1e9, runs } : { paths: 250, bytes: 250e6, runs };
const benches: Record<string, (folder: string) => Promise<void>> = {
  zstd: (folder) => benchSubstitution(folder, 'zstd', substitution),
  xz: (folder) => benchSubstitution(folder, 'xz', substitution),
  archives: (folder) => benchArchives(folder, { bytes: full ? 1e9 : 250e6, runs }),
  'path-info': (folder) => benchPathInfo(folder, { paths: full ? 10_000 : 2000, runs }),
  builds: (folder) =>
    benchBuilds(folder, full ? { trivial: 1000, wide: 100, inputs: 300, runs } : { trivial: 100, wide: 10, inputs: 300, runs }),
};
const unknown = positionals.find((name) => !Object.hasOwn(benches, name));
if (unknown !== undefined) throw new Error(`there is no bench '${unknown}': ${Object.keys(benches).join(', ')}`);
const folder = keep === undefined ? mkdtempSync(join(tmpdir(), 'bootflake-bench-store-')) : join(resolve(keep), full ? 'full' : 'small');
mkdirSync(folder, { recursive: true });
// Builders of another user read it.
chmodSync(folder, 0o755);
try {
  for (const name of positionals.length > 0 ? positionals : Object.keys(benches)) await benches[name]!(folder);
} finally {
  if (keep === undefined) rmSync(folder, { recursive: true, force: true });
}
