import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { removeTree } from '../../src/store/physical-tree.ts';

export interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
  seconds: number;
}

export interface Workplace {
  /** A folder of the test's own. */
  folder: string;
  environment: NodeJS.ProcessEnv;
  /** Runs the built CLI in `folder` (or `cwd`). Never throws for a status other than 0. */
  bootflake(
    args: string[],
    options?: {
      cwd?: string;
      environment?: NodeJS.ProcessEnv;
      timeoutSeconds?: number;
      signalAfter?: { milliseconds: number; signal: NodeJS.Signals };
    },
  ): Promise<Outcome>;
  run(command: string, args: string[], options?: { cwd?: string }): Promise<Outcome>;
  remove(): void;
}

/** A fresh home, store and cache in a temporary folder, so that the host's own are neither read nor changed. */
export function workplace(name: string, options: { keep?: string } = {}): Workplace {
  const folder = options.keep ?? mkdtempSync(join(tmpdir(), `bootflake-${name}-`));
  mkdirSync(join(folder, 'home'), { recursive: true });
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: join(folder, 'home'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    NO_COLOR: '1',
  };
  for (const variable of [
    'XDG_DATA_HOME',
    'XDG_CACHE_HOME',
    'XDG_STATE_HOME',
    'XDG_CONFIG_HOME',
    'BOOTFLAKE_ROOT',
    'NODE_OPTIONS',
    'NODE_TEST_CONTEXT',
  ])
    delete environment[variable];
  const cli = resolve('dist/bootflake.js');
  const start = (
    command: string,
    args: string[],
    at: string,
    env: NodeJS.ProcessEnv,
    timeoutSeconds: number,
    signalAfter?: { milliseconds: number; signal: NodeJS.Signals },
  ) =>
    new Promise<Outcome>((done, failed) => {
      const begun = performance.now();
      const child = spawn(command, args, { cwd: at, env, stdio: ['ignore', 'pipe', 'pipe'] });
      let [stdout, stderr] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutSeconds * 1000);
      if (signalAfter) setTimeout(() => child.kill(signalAfter.signal), signalAfter.milliseconds);
      child.on('error', failed);
      child.on('close', (status) => {
        clearTimeout(timer);
        done({ status, stdout, stderr, seconds: (performance.now() - begun) / 1000 });
      });
    });
  return {
    folder,
    environment,
    bootflake: (args, o = {}) =>
      start(
        process.execPath,
        [cli, ...args],
        o.cwd ?? folder,
        { ...environment, ...o.environment },
        o.timeoutSeconds ?? 600,
        o.signalAfter,
      ),
    run: (command, args, o = {}) => start(command, args, o.cwd ?? folder, environment, 300),
    remove: () => {
      if (!options.keep) removeTree(folder);
    },
  };
}

/** Puts the blog's flake into a git repository of its own; returns its folder. */
export async function blogFlake(place: Workplace, name = 'blog'): Promise<string> {
  const folder = join(place.folder, name);
  cpSync('examples/blog', folder, { recursive: true });
  await place.run('git', ['init', '-q'], { cwd: folder });
  await place.run('git', ['add', '.'], { cwd: folder });
  return folder;
}
