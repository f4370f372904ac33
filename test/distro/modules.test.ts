/** The modules of a system: what configurations become as files of /etc, units and accounts, and what their faults are told as. */
import { fileURLToPath } from 'node:url';
import { testCases } from './cases.ts';

testCases(fileURLToPath(new URL('modules', import.meta.url)));
