/** Builds the derivations of a request, a file of JSON with `root` and `drvPaths`: the part of bench/store/builds.ts that is measured. */
import { readFileSync } from 'node:fs';
import { realise } from '../../src/realise/realise.ts';
import { LocalStore } from '../../src/store/local-store.ts';

const { root, drvPaths } = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as { root: string; drvPaths: string[] };
await realise(LocalStore.open({ root }), drvPaths, { cpuJobs: 2 });
