/** Machines for tests of builds on other machines. */
import type { TestContext } from 'node:test';
import { readBuildSettings } from '../../src/settings/build-settings.ts';
import { readMachines } from '../../src/settings/machines.ts';
import type { BuildEvent, RealiseOptions } from '../../src/realise/realise-types.ts';
import { file } from '../../src/tree/file-tree.ts';
import { narOf, testFolder } from '../caches/support.ts';
import { startDaemon, type BuildRequest, type TestDaemon, type TestDaemonOptions } from './test-daemon.ts';

/** A system that this host is not. */
export const FAR = 'riscv64-linux';

export interface Run {
  options: RealiseOptions;
  warnings: string[];
  built: BuildEvent[];
  lines: string[];
}

/** What realises with these machines: entries as in the machines file. */
export function withMachines(entries: string, settings: Record<string, string> = {}, more: Partial<RealiseOptions> = {}): Run {
  const run: Run = { options: {}, warnings: [], built: [], lines: [] };
  run.options = {
    build: readBuildSettings(new Map(Object.entries(settings))),
    machines: {
      machines: readMachines(entries, 'x86_64-linux'),
      useSubstitutes: false,
      env: process.env,
      connectTimeout: 5,
      stalledAfter: 5,
      onWarning: (message) => void run.warnings.push(message),
    },
    onBuild: (event) => void run.built.push(event),
    onLog: (_, line) => void run.lines.push(line),
    ...more,
  };
  return run;
}

/** A machine that makes of each derivation a file with its name in it, and what `build` adds. */
export async function machine(t: TestContext, options: TestDaemonOptions = {}): Promise<TestDaemon & { builds: BuildRequest[] }> {
  const builds: BuildRequest[] = [];
  const daemon: TestDaemon = await startDaemon(t, testFolder(t), {
    ...options,
    build(request, socket) {
      builds.push(request);
      const failure = options.build?.(request, socket);
      if (failure !== undefined) return failure;
      const inputs = request.inputs.filter((path) => !path.endsWith('.drv'));
      for (const path of request.outputs.values())
        if (!daemon.paths.has(path)) daemon.paths.set(path, { nar: narOf(file(`made of ${inputs.join(' ')}\n`)), references: inputs });
    },
  });
  return Object.assign(daemon, { builds });
}
