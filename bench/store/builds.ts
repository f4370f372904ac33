/** Builder processes in new stores: derivations that write a line, and derivations with many folders as inputs. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLI, compare, NIX } from './compare.ts';

export interface BuildsSize {
  /** Derivations that write a line. */
  trivial: number;
  /** Derivations with `inputs` folders each. */
  wide: number;
  inputs: number;
  runs: number;
}

/** Only builds are measured: the derivations are in the stores before, and caches are not asked for the outputs. */
export async function benchBuilds(folder: string, { trivial, wide, inputs, runs }: BuildsSize): Promise<void> {
  const made = mkdtempSync(join(folder, 'builds-'));
  // Builders of another user read it.
  chmodSync(made, 0o755);
  const source = join(made, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'f'), 'a line\n');
  const sh = (name: string, script: string, attrs: string): string =>
    `derivation ({ name = "${name}"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "${script}" ]; } // ${attrs})`;
  const everyInput = 'for x in $xs; do read l < $x/f || exit 1; done; echo ${toString i} > $out';
  const inputPath = `builtins.path { path = ${source}; name = "input-\${toString i}"; }`;
  const many = sh('trivial-${toString i}', 'echo ${toString i} > $out', '{ }');
  const large = sh('wide-${toString i}', everyInput, '{ inherit xs; }');
  try {
    await compareBuilds(made, `${trivial} trivial derivations`, 1.3, runs, `builtins.genList (i: ${many}) ${trivial}`);
    const expression = `let xs = builtins.genList (i: ${inputPath}) ${inputs}; in builtins.genList (i: ${large}) ${wide}`;
    await compareBuilds(made, `${wide} derivations with ${inputs} folders each`, 1.2, runs, expression);
  } finally {
    execFileSync('chmod', ['-R', 'u+w', made]);
    rmSync(made, { recursive: true, force: true });
  }
}

async function compareBuilds(folder: string, what: string, target: number, runs: number, expression: string): Promise<void> {
  const stores = mkdtempSync(join(folder, 'stores-'));
  chmodSync(stores, 0o755);
  const options = { encoding: 'utf8', maxBuffer: 1 << 28 } as const;
  const toBuild = `builtins.concatStringsSep " " (map (d: builtins.unsafeDiscardStringContext d.drvPath) (${expression}))`;
  const evaluate = ['eval', '--impure', '--raw', '--expr', toBuild];
  const outputs = (drvPaths: string): string[] => drvPaths.split(' ').map((drvPath) => `${drvPath}^out`);
  await compare({
    what,
    target,
    runs,
    bootflake(run) {
      const env = { BOOTFLAKE_ROOT: join(stores, `own-${run}`) };
      const drvPaths = execFileSync(process.execPath, [CLI, ...evaluate], { ...options, env: { ...process.env, ...env } });
      return {
        command: process.execPath,
        args: [CLI, 'build', '--no-link', '--max-jobs', '2', '--option', 'substitute', 'false', ...outputs(drvPaths)],
        env,
      };
    },
    nix(run) {
      const store = ['--store', `local?root=${join(stores, `nix-${run}`)}`];
      const drvPaths = execFileSync(join(NIX, 'nix'), [...evaluate, ...store], options);
      return {
        command: join(NIX, 'nix'),
        args: ['build', ...store, '--no-link', '--max-jobs', '2', '--option', 'substitute', 'false', ...outputs(drvPaths)],
      };
    },
  });
}
