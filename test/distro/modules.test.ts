/** The modules of a system: the files in /etc, units and accounts that a configuration generates, and the errors for wrong ones. */
import { fileURLToPath } from 'node:url';
import { testCases } from './cases.ts';

testCases(fileURLToPath(new URL('modules', import.meta.url)));
