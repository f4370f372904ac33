/** A test's own folder with flakes, locked by us and, where nix is installed, by nix. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { FlakeLoader } from '../../src/flake/loader.ts';
import { lockFlake, type LockedFlake } from '../../src/flake/lock-flake.ts';
import { defaultFlakeOptions, type FlakeOptions } from '../../src/settings/options.ts';
import type { FetchContext } from '../../src/fetch/fetcher.ts';
import { Registries } from '../../src/flake/registry/registries.ts';
import { answersKind } from '../../src/fetch/remembered.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { JsonCache } from '../../src/kept/json-cache.ts';
import { parseFlakeRef } from '../../src/flake/ref.ts';
import type { InputAttrs } from '../../src/fetch/scheme/scheme.ts';
import { removeTree } from '../../src/store/physical-tree.ts';
import { LocalStore } from '../../src/store/local-store.ts';

const nixVersion = spawnSync('nix', ['--version'], { encoding: 'utf8' });
export const nixMissing: string | false = nixVersion.status === 0 ? false : 'nix is not installed';
/** Old versions write other facts into the locks of fetched inputs. */
export const nixIsOld = !(nixVersion.status === 0 && Number(/ 2\.([0-9]+)/.exec(nixVersion.stdout)?.[1]) >= 30);

interface NixOutcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** A workspace that is removed when the test ends. */
export function newWorkspace(t: TestContext): Workspace {
  const space = new Workspace();
  t.after(() => space.remove());
  return space;
}

export class Workspace {
  readonly folder = mkdtempSync(join(tmpdir(), 'bootflake-flake-'));
  readonly store = LocalStore.open({ root: join(this.folder, 'store') });
  /** Stands for Debian's archive. */
  lockDebian: (suite: string, previous?: InputAttrs) => InputAttrs = () => {
    throw new Error('no network in this test');
  };

  /** Stands for an apt repository. */
  lockRepository: (wanted: InputAttrs, previous?: InputAttrs) => InputAttrs = () => {
    throw new Error('no network in this test');
  };

  /** Writes files; `text` by path relative to the folder. */
  write(files: Record<string, string>): void {
    for (const [path, text] of Object.entries(files)) {
      const full = join(this.folder, path);
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, text);
    }
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  git(name: string, ...args: string[]): string {
    const environment = {
      ...process.env,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_DATE: '1700000000 +0000',
      GIT_COMMITTER_DATE: '1700000000 +0000',
      GIT_AUTHOR_NAME: 'x',
      GIT_AUTHOR_EMAIL: 'x@example.org',
      GIT_COMMITTER_NAME: 'x',
      GIT_COMMITTER_EMAIL: 'x@example.org',
    };
    return execFileSync('git', ['-C', this.path(name), ...args], { env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Makes a folder a git repository with all its files committed. */
  repository(name: string): void {
    this.git(name, 'init', '-q', '-b', 'master');
    this.git(name, 'add', '.');
    this.git(name, 'commit', '-q', '-m', 'first');
  }

  lock(ref: string, options: Partial<FlakeOptions> = {}): LockedFlake & { warnings: string[] } {
    const warnings: string[] = [];
    const settings = readSettings({ nixSettings: options.nixSettings ?? {} }, {}).fetch;
    const warn = (message: string) => void warnings.push(message);
    const context: FetchContext = {
      store: this.store,
      offline: true,
      refresh: false,
      warn,
      settings,
      cacheDir: this.path('cache'),
      cache: new JsonCache(this.path('cache/answers'), answersKind),
      progress: () => {},
      download: ({ url }) => {
        throw new Error(`no network in this test: ${url}`);
      },
      lockDebian: (suite, previous) => this.lockDebian(suite, previous),
      lockRepository: (wanted, previous) => this.lockRepository(wanted, previous),
    };
    const registries = new Registries({
      settings: { ...settings, flakeRegistry: '' },
      overrideFlakes: options.overrideFlakes ?? [],
      baseDir: this.folder,
      warn,
      download: () => '',
    });
    const loader = new FlakeLoader(context, registries);
    const locked = lockFlake(loader, parseFlakeRef(ref, { baseDir: this.folder }), {
      flake: { ...defaultFlakeOptions, ...options },
      baseDir: this.folder,
    });
    return { ...locked, warnings };
  }

  /** Runs real nix with a store and caches in this folder; returns its status and output. */
  nix(args: string[], cwd = this.folder): NixOutcome {
    const result = spawnSync('nix', this.nixArguments(args), { cwd, env: this.nixEnvironment(), encoding: 'utf8' });
    return { status: result.status, stdout: result.stdout, stderr: result.stderr };
  }

  /** The same, asynchronously, so that this process can serve its requests. */
  async nixAsync(args: string[], environment: Record<string, string> = {}): Promise<NixOutcome> {
    const child = spawn('nix', this.nixArguments(args), {
      cwd: this.folder,
      env: { ...this.nixEnvironment(), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const outcome = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        outcome[name] += text;
      });
    const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { status, ...outcome };
  }

  private nixArguments(args: string[]): string[] {
    return ['--extra-experimental-features', 'nix-command flakes', '--store', this.path('nix-store'), ...args];
  }

  private nixEnvironment(): Record<string, string> {
    const home = this.path('nix-home');
    mkdirSync(home, { recursive: true });
    return { PATH: process.env.PATH ?? '', HOME: home, XDG_CACHE_HOME: join(home, 'cache'), NIX_CONFIG: '', GIT_CONFIG_NOSYSTEM: '1' };
  }

  remove(): void {
    // Store paths are read-only.
    spawnSync('chmod', ['-R', 'u+w', this.folder]);
    removeTree(this.folder);
  }
}
