/**
 * `npm run bench:eval [-- RUNS [CASE]]`: compares the evaluator with Nix on a real nixpkgs, in cold processes, interleaved.
 * BENCH_NIXPKGS names the tree, BENCH_NIX the folder of `nix-instantiate` (defaults to PATH). Prints medians; a case in which the two
 * print different results does not count.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { workplace } from '../../test/support/bootflake.ts';
import { measureCpu, type CpuMeasurement } from '../cpu.ts';
import { median } from '../measure.ts';
import { touchedFiles } from './touched-files.ts';

const runs = Number(process.argv[2] ?? 7);
const only = process.argv[3] ?? '';
const nixpkgs = process.env.BENCH_NIXPKGS;
if (!nixpkgs) throw new Error('BENCH_NIXPKGS names no nixpkgs (bench/eval/nixos.nix wants one of October 2020)');
const nixInstantiate = join(process.env.BENCH_NIX ?? '', 'nix-instantiate');
const cli = resolve(process.env.BENCH_DIST ?? 'dist', 'bootflake.js');
const place = workplace('bench-eval');
// Node reads these at every start, which takes longer than the rest of an empty program.
delete place.environment.NODE_EXTRA_CA_CERTS;

function expression(name: string, text: string): string {
  const path = join(place.folder, name);
  writeFileSync(path, text);
  return path;
}

const nixos = expression('nixos.nix', `import ${resolve('bench/eval/nixos.nix')} { nixpkgs = ${nixpkgs}; }`);
const hello = expression('hello.nix', `(import ${nixpkgs} { system = "x86_64-linux"; }).hello.drvPath`);
const cache = join(place.folder, 'cache');
const withCache = { ...place.environment, XDG_CACHE_HOME: cache };

/** Writes no derivations, as `--store dummy://` does not. */
const ours = (file: string) =>
  measureCpu(process.execPath, [cli, 'eval', '--read-only', '--impure', '--image-builder', 'nixpkgs', '--file', file], {
    cwd: place.folder,
    env: withCache,
  });
const nix = (file: string) =>
  measureCpu(nixInstantiate, ['--eval', '--store', 'dummy://', file], { cwd: place.folder, env: place.environment });
const forgetCaches = () => rmSync(cache, { recursive: true, force: true });

/**
 * The same machine as a flake: an unchanged flake is not evaluated again, but its derivations are still searched for what has to be
 * built.
 */
function flakeOfNixos(): string {
  const folder = join(place.folder, 'flake');
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'flake.nix'),
    `{
    inputs.nixpkgs.url = "path:${nixpkgs}";
    outputs = { self, nixpkgs }: { packages.x86_64-linux.default = import ./image.nix { inherit nixpkgs; }; };
  }`,
  );
  writeFileSync(join(folder, 'image.nix'), readFileSync('bench/eval/nixos.nix', 'utf8').replace(/\.drvPath\s*$/, ''));
  return folder;
}
let flake: string | undefined;
const planned = () =>
  measureCpu(process.execPath, [cli, 'build', '--dry-run', '--image-builder', 'nixpkgs', '.'], {
    cwd: (flake ??= flakeOfNixos()),
    env: withCache,
  });

interface Case {
  name: string;
  what: string;
  reach: string;
  before?: () => void /** The two print different results. */;
  unlike?: boolean;
  ours: () => Promise<CpuMeasurement>;
  nix: () => Promise<CpuMeasurement>;
}

const files = (await touchedFiles(nixInstantiate, nixos, place.environment)).filter((file) => file.startsWith(nixpkgs));
const imports = expression('imports.nix', `builtins.foldl' (n: file: builtins.seq (import file) (n + 1)) 0 [\n${files.join('\n')}\n]\n`);
const one = expression('one.nix', '1');
const cases: Case[] = [
  { name: 'nixos', what: 'NixOS disk image, caches warm', reach: '1.2', ours: () => ours(nixos), nix: () => nix(nixos) },
  {
    name: 'nixos-cold',
    what: 'NixOS disk image, no cache',
    reach: '1.6',
    before: forgetCaches,
    ours: () => ours(nixos),
    nix: () => nix(nixos),
  },
  { name: 'unchanged', what: 'planned again, nothing changed', reach: '0.15', unlike: true, ours: planned, nix: () => nix(nixos) },
  { name: 'hello', what: 'hello.drvPath, caches warm', reach: '1.8', ours: () => ours(hello), nix: () => nix(hello) },
  {
    name: 'parse',
    what: `import of the ${files.length} files that it reads`,
    reach: '0.8',
    before: forgetCaches,
    ours: () => ours(imports),
    nix: () => nix(imports),
  },
  { name: 'parse-warm', what: 'the same, caches warm', reach: '0.8', ours: () => ours(imports), nix: () => nix(imports) },
  { name: 'start', what: 'an expression without files', reach: '-', ours: () => ours(one), nix: () => nix(one) },
].filter(({ name }) => only === '' || only.split(',').includes(name));

mkdirSync(cache, { recursive: true });
console.log(
  `${`median of ${runs}${', ours / Nix'.padEnd(38)}`}  ${'wall s'.padEnd(20)} ${'user s'.padEnd(20)} ${'user+system s'.padEnd(20)} ` +
    'peak MiB',
);
for (const { what, reach, before, unlike, ours: own, nix: other } of cases) {
  const results: [CpuMeasurement, CpuMeasurement][] = [];
  if (!before) await own(); // Fills the caches.
  for (let run = 0; run < runs; run += 1) {
    before?.();
    const pair: [CpuMeasurement, CpuMeasurement] = [await own(), await other()];
    if (!unlike && pair[0].stdout !== pair[1].stdout)
      throw new Error(`${what}: bootflake says ${pair[0].stdout}Nix says ${pair[1].stdout}`);
    results.push(pair);
  }
  const column = (read: (m: CpuMeasurement) => number, digits: number): string => {
    const [a, b] = [median(results.map(([m]) => read(m))), median(results.map(([, m]) => read(m)))];
    return `${a.toFixed(digits)} / ${b.toFixed(digits)} = ${(a / b).toFixed(2)}`.padEnd(20);
  };
  console.log(
    `${what.padEnd(40)}  ${column((m) => m.seconds, 2)} ${column((m) => m.userSeconds, 2)} ` +
      `${column((m) => m.userSeconds + m.systemSeconds, 2)} ${column((m) => m.peakMiB, 0)} reach: ${reach}`,
  );
}
place.remove();
