/**
 * `node --import tsx bench/store/builds.ts [TRIVIAL] [WIDE] [INPUTS] [RUNS]`: builder processes beside those of real Nix, interleaved, in
 * new stores: TRIVIAL derivations that write a line, and WIDE derivations with INPUTS folders each. Nix is /tmp/nix-2.34; without it only
 * our times are measured. Evaluation is not part of it.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { measure, median } from '../measure.ts';

const [trivial = 1000, wide = 100, inputs = 300, runs = 3] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'bootflake-bench-builds-'));
chmodSync(folder, 0o755);
const source = join(folder, 'source');
mkdirSync(source);
writeFileSync(join(source, 'f'), 'a line\n');
const sh = (name: string, script: string, attrs: string): string =>
  `derivation ({ name = "${name}"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "${script}" ]; } // ${attrs})`;
const everyInput = 'for x in $xs; do read l < $x/f || exit 1; done; echo ${toString i} > $out';
const inputPath = `builtins.path { path = ${source}; name = "input-\${toString i}"; }`;
const cases = {
  [`${trivial} trivial derivations`]: `builtins.genList (i: ${sh('trivial-${toString i}', 'echo ${toString i} > $out', '{ }')}) ${trivial}`,
  [`${wide} derivations with ${inputs} folders each`]:
    `let xs = builtins.genList (i: ${inputPath}) ${inputs}; in ` +
    `builtins.genList (i: ${sh('wide-${toString i}', everyInput, '{ inherit xs; }')}) ${wide}`,
};
const nix = '/tmp/nix-2.34/bin';

try {
  for (const [what, expression] of Object.entries(cases)) {
    const times: Record<string, number[]> = { bootflake: [], nix: [] };
    for (let run = 0; run < runs; run++) {
      times.bootflake!.push(await ours(expression, run));
      if (existsSync(nix)) times.nix!.push(await theirs(expression, run));
    }
    const [own, other] = [median(times.bootflake!), times.nix!.length > 0 ? median(times.nix!) : undefined];
    const all = Object.entries(times).map(([who, seconds]) => `${who} ${seconds.map((each) => each.toFixed(1)).join(' ')} s`);
    console.log(`${what}: ${all.join(', ')}; ${other === undefined ? '' : `${(own / other).toFixed(2)} of Nix's time`}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function ours(expression: string, run: number): Promise<number> {
  const root = join(folder, `ours-${run}`);
  const list = `map (d: d.drvPath) (${expression})`;
  const env = { ...process.env, BOOTFLAKE_ROOT: root };
  const evaluated = spawnSync(process.execPath, [resolve('dist/bootflake.js'), 'eval', '--impure', '--json', '--expr', list], {
    encoding: 'utf8',
    env,
    maxBuffer: 1 << 28,
  });
  if (evaluated.status !== 0) throw new Error(evaluated.stderr);
  const request = join(folder, 'request.json');
  writeFileSync(request, JSON.stringify({ root, drvPaths: JSON.parse(evaluated.stdout) as string[] }));
  const { seconds } = await measure(process.execPath, ['--import', 'tsx', resolve('bench/store/build-requests.ts'), request], { env });
  rmSync(root, { recursive: true, force: true });
  return seconds;
}

async function theirs(expression: string, run: number): Promise<number> {
  const root = join(folder, `nix-${run}`);
  const store = ['--store', `local?root=${root}`];
  const made = spawnSync(`${nix}/nix-instantiate`, [...store, '-E', expression], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (made.status !== 0) throw new Error(made.stderr);
  const drvPaths = made.stdout.split('\n').filter(Boolean);
  const { seconds } = await measure(`${nix}/nix-store`, [...store, '-j2', '-r', ...drvPaths], { env: process.env });
  rmSync(root, { recursive: true, force: true });
  return seconds;
}
