import type { Worker } from 'node:worker_threads';
import { openChannel } from '../system/blocking-channel.ts';
import { downloadToFile } from '../fetch/download-service.ts';
import { ensureAptIndex, lockAptRepository } from './apt-service.ts';
import { ensureIndex, lockDebian } from './debian-service.ts';
import { takeEvaluatorThread } from './evaluator-thread.ts';
import { hostSystem } from './host-system.ts';
import type { FlakeSessionOptions } from './session-types.ts';
import type { SettingEntry } from '../settings/nix-conf.ts';
import { readSettings } from '../settings/settings.ts';
import type { MainThreadCall, MainThreadRequests, WorkerStart } from './worker-protocol.ts';

/** Starts the evaluator's thread and returns what it asks of this one. */
export function startEvalWorker(
  options: FlakeSessionOptions,
  cacheDir: string,
  interrupt: Int32Array,
  flakeSettings: (wanted: SettingEntry[]) => Promise<SettingEntry[]>,
): { worker: Worker; close(): void } {
  const forCall = (): FlakeSessionOptions => ({ ...options, signal: options.callSignal?.() ?? options.signal });
  const services: {
    [M in keyof MainThreadRequests]: (argument: MainThreadRequests[M]['argument']) => Promise<MainThreadRequests[M]['result']>;
  } = {
    realise: (items) => options.realise(items),
    flakeSettings,
    progress: async (event) => options.onProgress(event),
    download: (request) =>
      downloadToFile(request, readSettings(options.settings, options.env).network, forCall().signal, options.onProgress),
    lockDebian: ({ suite, previous }) => lockDebian(suite, previous, forCall(), cacheDir),
    ensureDebianIndex: ({ lock, of }) => ensureIndex(lock, of, forCall(), cacheDir),
    lockRepository: ({ wanted, previous }) => lockAptRepository(wanted, previous, forCall(), cacheDir),
    ensureRepositoryIndex: (lock) => ensureAptIndex(lock, forCall(), cacheDir),
  };
  const { near, far } = openChannel<MainThreadCall, unknown>({ name: "the evaluator's thread", silenceMs: Infinity });
  near.serve(({ method, argument }) => services[method](argument as never));
  const start: WorkerStart = {
    options: { flake: options.settings, baseDir: options.cwd, storeRoot: options.store.root, cacheDir, system: hostSystem() },
    calls: far,
    interrupt,
    details: options.onDetail !== undefined,
  };
  const worker = takeEvaluatorThread(options.env);
  worker.postMessage(start, [far.port]);
  return { worker, close: () => near.close() };
}
