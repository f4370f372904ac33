import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts `src/threads/NAME.ts` as a worker: in the bundle as `NAME.mjs` (or `bundled`) beside this file, from the sources through tsx,
 * which does not apply to workers by itself.
 */
export function startThread(name: string, options: WorkerOptions, bundled = `${name}.mjs`): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(`./${bundled}`, import.meta.url), options);
  const file = new URL(`../threads/${name}.ts`, import.meta.url).href;
  const tsx = import.meta.resolve('tsx/esm/api');
  const script = `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${JSON.stringify(file)}); })`;
  return new Worker(script, { ...options, eval: true, execArgv: [] });
}
