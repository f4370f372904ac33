import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { BootflakeError } from '../base/errors.ts';

/**
 * Starts `src/threads/NAME.ts` as a worker: in the bundle as `NAME.mjs` (or `bundled`) beside this file, from the sources through tsx,
 * which does not apply to workers by itself. Throws `api/bundled` if the file is missing.
 */
export function startThread(name: string, options: WorkerOptions, bundled = `${name}.mjs`, { BOOTFLAKE_BUNDLE } = process.env): Worker {
  // Tests take the threads of the bundle that was made of these sources (scripts/test.mjs): they start in a tenth of the time.
  const bundle = import.meta.url.endsWith('.ts') ? BOOTFLAKE_BUNDLE : './';
  if (bundle) {
    const file = new URL(bundled, new URL(bundle, import.meta.url));
    if (!existsSync(file)) throw missingThread(fileURLToPath(file));
    return new Worker(file, options);
  }
  const file = new URL(`../threads/${name}.ts`, import.meta.url).href;
  const tsx = import.meta.resolve('tsx/esm/api');
  const script = `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${JSON.stringify(file)}); })`;
  return new Worker(script, { ...options, eval: true, execArgv: [] });
}

/** A bundler copies what a program imports, not the files that its threads run. */
function missingThread(file: string): BootflakeError {
  return new BootflakeError({
    code: 'api/bundled',
    message: `the file '${file}', which a thread of bootflake runs, is missing`,
    hint: 'If a bundler made this program, leave bootflake out of the bundle (esbuild: --external:bootflake). Otherwise install it again.',
  });
}
