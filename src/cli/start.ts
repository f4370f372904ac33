#!/usr/bin/env node
/**
 * dist/bootflake.js: runs the command line, dist/main.cjs, with V8's code cache of an earlier run of the same command. For commands that
 * always need the evaluator, its thread is started first, in parallel.
 */
import { join } from 'node:path';
import { errorOutput } from './output.ts';
import { startEvaluatorThread } from '../session/evaluator-thread.ts';
import { cacheDirectory } from '../system/cache-directory.ts';
import { KeptProgram } from '../kept/kept-program.ts';
import { version } from '../base/version.ts';

const EVALUATING = new Set(['eval', 'repl', 'registry', 'flake show', 'flake check', 'flake metadata', 'flake lock', 'flake update']);

function needsEvaluator(argv: string[]): boolean {
  const [first = '', second = ''] = argv;
  return (EVALUATING.has(first) || EVALUATING.has(`${first} ${second}`)) && !argv.includes('--help') && !argv.includes('-h');
}

async function start(argv: string[]): Promise<number> {
  const evaluator = needsEvaluator(argv) ? startEvaluatorThread({ ownsProcess: true }) : undefined;
  // An unused thread must not keep the process alive.
  evaluator?.unref();
  const command = /^[a-z][a-z-]*$/.exec(argv[0] ?? '')?.[0] ?? 'help';
  const program = new KeptProgram<typeof import('./main.ts')>(
    join(__dirname, 'main.cjs'),
    join(cacheDirectory(), `${command}-${version}.code`),
  );
  let kept = false;
  const keepCode = (): void => {
    if (!kept) program.keepCode(0);
    kept = true;
  };
  // The evaluator changes V8's flags.
  const status = await program.run(require).main(argv, { thread: evaluator, beforeUse: keepCode });
  // A mistyped command must leave no file.
  if (status === 0) keepCode();
  return status;
}

/** Exits at once instead of tearing down both threads' heaps, unless output is still waiting for a full pipe. */
function leave(status: number): void {
  process.exitCode = status;
  if (process.stdout.writableLength === 0 && process.stderr.writableLength === 0) process.exit();
}

// Node ends with status 0 when nothing is left to wait for, even if the command has not ended.
process.once('beforeExit', () => {
  errorOutput.text('error (a fault of bootflake itself): the command stopped before it was done; what was finished is kept\n');
  leave(70);
});
start(process.argv.slice(2)).then(leave, (error: unknown) => {
  errorOutput.text(`error (a fault of bootflake itself): ${error instanceof Error ? error.stack : String(error)}\n`);
  leave(70);
});
