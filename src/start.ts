#!/usr/bin/env node
/** dist/bootflake.js: runs the command line, dist/main.cjs, with the code that V8 kept of an earlier run of the same command. */
import { join } from 'node:path';
import { cacheDirectory } from './io/cache-directory.ts';
import { runProgram } from './io/kept-program.ts';
import { version } from './version.ts';

async function start(argv: string[]): Promise<number> {
  const command = /^[a-z][a-z-]*$/.exec(argv[0] ?? '')?.[0] ?? 'help';
  const program = runProgram<typeof import('./cli/main.ts')>(join(__dirname, 'main.cjs'), require, join(cacheDirectory(), `${command}-${version}.code`));
  const status = await program.exports.main(argv);
  program.keepCode(0);
  return status;
}

start(process.argv.slice(2)).then((status) => { process.exitCode = status; }, (error: unknown) => {
  process.stderr.write(`error (a fault of bootflake itself): ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 70;
});
