/** Derivations for tests of builder processes, evaluated by bootflake itself. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { toolOnPath } from '../../../src/jail/tools.ts';
import { probeSandbox } from '../../../src/jail/probe.ts';
import { realise } from '../../../src/realise/realise.ts';
import type { RealiseOptions } from '../../../src/realise/realise-types.ts';
import { readBuildSettings } from '../../../src/settings/build-settings.ts';
import { LocalStore } from '../../../src/store/local-store.ts';
import { removeTree } from '../../../src/store/physical-tree.ts';
import { program } from '../../support/nix-oracle.ts';

const applets = (
  'sh cat ls mkdir ln chmod touch truncate stat readlink env sort grep id hostname uname ip sed wc sleep seq head yes printf tr cp rm mv ' +
  'mknod mkfifo ps kill nc wget dd setsid ping tar echo test true false find cut tail od'
).split(' ');

/** Ends the test where no sandbox can be made, which is a skip. */
export async function needSandbox(t: TestContext): Promise<void> {
  const { works, finding } = await probeSandbox(process.env.PATH ?? '');
  const shell = toolOnPath('busybox', process.env.PATH ?? '');
  if (works && shell) return;
  const reason = works ? 'busybox is not on this machine' : finding;
  t.skip(reason);
  throw new Error(reason);
}

/** A folder of this test's own that a builder's user can reach; removed at its end. */
export function openFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'bootflake-process-'));
  chmodSync(folder, 0o755);
  t.after(() => removeTree(folder));
  return folder;
}

/** A folder `bin` with busybox under the names of its applets. */
export function toolsFolder(folder: string): string {
  const tools = join(folder, 'tools');
  mkdirSync(join(tools, 'bin'), { recursive: true });
  copyFileSync(toolOnPath('busybox', process.env.PATH ?? '')!.command[0]!, join(tools, 'bin/busybox'));
  chmodSync(join(tools, 'bin/busybox'), 0o755);
  for (const applet of applets) symlinkSync('busybox', join(tools, 'bin', applet));
  return tools;
}

export interface ProcessTest {
  folder: string;
  store: LocalStore;
  /** Evaluates `{ sh, bb, text }: expression` to derivations by name, in the store. */
  evaluate(expression: string): Record<string, string>;
  /** Evaluates and builds one derivation; returns the physical path of each output. */
  build(expression: string, options?: ProcessOptions): Promise<Record<string, string>>;
  /** The lines that builders logged. */
  lines: string[];
}

export interface ProcessOptions extends RealiseOptions {
  /** As in nix.conf. */
  settings?: Record<string, string>;
}

const prelude = (tools: string): string => `
  let
    bb = builtins.path { path = ${tools}; name = "tools"; };
    text = builtins.toFile "text" "some text\\n";
    sh = name: script: attrs: derivation ({
      inherit name; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-e" "-c" script ]; PATH = "\${bb}/bin";
    } // attrs);
  in `;

export async function processTest(t: TestContext): Promise<ProcessTest> {
  await needSandbox(t);
  const folder = openFolder(t);
  const tools = toolsFolder(folder);
  const root = join(folder, 'root');
  const store = LocalStore.open({ root });
  const lines: string[] = [];
  const evaluate = (expression: string): Record<string, string> =>
    evaluateAll(root, `${prelude(tools)} builtins.mapAttrs (_: d: d.drvPath) (${expression})`);
  return {
    folder,
    store,
    lines,
    evaluate,
    async build(expression, { settings, ...options } = {}) {
      const { one } = evaluate(`{ one = ${expression}; }`);
      const built = await realise(store, [one!], {
        build: readBuildSettings(new Map(Object.entries(settings ?? {}))),
        onLog: (_drvPath, line) => lines.push(line),
        ...options,
      });
      return Object.fromEntries(Object.entries(built[0]!.outputs).map(([name, path]) => [name, store.realPath(path)]));
    },
  };
}

/** Evaluates an expression with bootflake's command line, whose derivations are then in the store at `root`. */
export function evaluateAll(root: string, expression: string): Record<string, string> {
  const evaluated = spawnSync(process.execPath, [resolve('dist/bootflake.js'), 'eval', '--impure', '--json', '--expr', expression], {
    encoding: 'utf8',
    env: { ...process.env, BOOTFLAKE_ROOT: root },
  });
  assert.equal(evaluated.status, 0, evaluated.stderr);
  return JSON.parse(evaluated.stdout) as Record<string, string>;
}

export const nixBuild = `${program}-build`;

/** Skips the test where real Nix with its sandbox is missing. */
export function needNix(t: TestContext): void {
  if (existsSync(nixBuild)) return;
  t.skip(`${nixBuild} is not on this machine`);
  throw new Error('no Nix');
}
