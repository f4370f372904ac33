/** nixpkgs' test suites for its library: how each is run, and which failures are known (docs/lib-tests.md explains them). */
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Result {
  passed: number;
  failed: string[];
}

export interface Suite {
  name: string;
  known: ReadonlySet<string>;
  /** `lib` is our library with their tests, `theirs` is nixpkgs' own library. */
  run(lib: string, env: NodeJS.ProcessEnv, theirs: string): Result;
}

function command(program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): SpawnSyncReturns<string> {
  return spawnSync(program, args, { cwd, env, encoding: 'utf8', maxBuffer: 256 << 20 });
}

/** A script that stops at its first failure. */
const script = (name: string, path: string): Suite => ({
  name,
  known: new Set(),
  run: (lib, env) => {
    const { status, stderr } = command('bash', [join(lib, path)], lib, { ...env, TEST_LIB: lib });
    return status === 0 ? { passed: 1, failed: [] } : { passed: 0, failed: [stderr.trim().split('\n').slice(-12).join('\n')] };
  },
});

/** A file whose value is the list of failed tests: evaluated as a whole, and one by one only to find out which test fails to evaluate. */
const list = (name: string, path: string): Suite => ({
  name,
  known: new Set(),
  run: (lib, env) => {
    const file = join(lib, path);
    const attributes = file.replace(/\.nix$/, '-attributes.nix');
    writeFileSync(attributes, readFileSync(file, 'utf8').replace(/^(lib\.)?runTests /m, '(tests: tests) '));
    const names = command(
      'nix-instantiate',
      [
        '--eval',
        '--strict',
        '--json',
        '-E',
        `builtins.filter (n: builtins.substring 0 4 n == "test") (builtins.attrNames (import ${attributes}))`,
      ],
      lib,
      env,
    );
    const all = JSON.parse(names.stdout) as string[];
    const whole = command('nix-instantiate', ['--eval', '--strict', file], lib, env);
    if (whole.stdout.trim() === '[ ]') return { passed: all.length, failed: [] };
    const failed = all.filter((test) => {
      const one = `let t = (import ${attributes}).${JSON.stringify(test)}; in t.expr == t.expected`;
      return command('nix-instantiate', ['--eval', '--strict', '-E', one], lib, env).stdout.trim() !== 'true';
    });
    return { passed: all.length - failed.length, failed };
  },
});

const modules: Suite = {
  name: 'tests/modules.sh',
  known: new Set([
    // The definitions of an option that does not exist are not evaluated.
    "checkConfigError 'while evaluating a definition from `.*/define-enable-abort.nix' config.enable ./define-enable-abort.nix",
    "checkConfigError 'while evaluating the error message for definitions for .enable., which is an option that does not exist' " +
      'config.enable ./define-enable-abort.nix',
    // An option's default may be a mkDefinition.
    "checkConfigError 'A definition for option .viaOptionDefault. is not of type .boolean.*' config.viaOptionDefault ./mkDefinition.nix",
  ]),
  run: (lib, env) => {
    const path = join(lib, 'tests/modules.sh');
    const { stdout } = command('bash', [path], lib, env);
    const passed = Number(/^(\d+) Pass$/m.exec(stdout)?.[1] ?? 0);
    const lines = readFileSync(path, 'utf8').split('\n');
    const failed = [...stdout.matchAll(/TEST FAILED.* at .*:(\d+)$/gm)].map(([, line]) => lines[Number(line) - 1]!.trim());
    return passed === 0 ? { passed, failed: [stdout.slice(-500)] } : { passed, failed };
  },
};

const paths: Suite = {
  name: 'path/tests/unit.nix',
  known: new Set(),
  run: (lib, env) => {
    const { stdout, stderr } = command(
      'nix-instantiate',
      ['--eval', '--argstr', 'libpath', lib, join(lib, 'path/tests/unit.nix')],
      lib,
      env,
    );
    return stdout.trim() === 'null' ? { passed: 1, failed: [] } : { passed: 0, failed: [stderr.slice(-500)] };
  },
};

/** Types of each library nested in those of the other, evaluated by each; nixpkgs runs this with nix-unit. */
const mixed: Suite = {
  name: 'tests/checkAndMergeCompat.nix',
  known: new Set(),
  run: (lib, env, theirs) => {
    const expression = `let
      walk = path: t:
        let r = builtins.tryEval (builtins.deepSeq t.expr t.expr);
        in if t ? expr then { \${builtins.concatStringsSep "." path} =
          if t ? expected then r.success && r.value == t.expected else !r.success; }
        else builtins.foldl' (a: n: a // walk (path ++ [ n ]) t.\${n}) { } (builtins.attrNames t);
    in walk [ ] (import ${lib}/tests/checkAndMergeCompat.nix { pkgs = { }; currLibPath = ${lib}; prevLibPath = ${theirs}; })`;
    const { status, stdout, stderr } = command('nix-instantiate', ['--eval', '--strict', '--json', '-E', expression], lib, env);
    if (status !== 0) return { passed: 0, failed: [stderr.slice(-500)] };
    const held = Object.entries(JSON.parse(stdout) as Record<string, boolean>);
    return { passed: held.filter(([, ok]) => ok).length, failed: held.filter(([, ok]) => !ok).map(([name]) => name) };
  },
};

export const suites: Suite[] = [
  modules,
  mixed,
  list('tests/misc.nix', 'tests/misc.nix'),
  list('tests/systems.nix', 'tests/systems.nix'),
  list('tests/fetchers.nix', 'tests/fetchers.nix'),
  paths,
  script('path/tests/prop.sh', 'path/tests/prop.sh'),
  script('fileset/tests.sh', 'fileset/tests.sh'),
  script('tests/sources.sh', 'tests/sources.sh'),
  script('tests/filesystem.sh', 'tests/filesystem.sh'),
  script('tests/network.sh', 'tests/network.sh'),
  script('tests/debug.sh', 'tests/debug.sh'),
];
