/** What stands around the modules: evaluating a system, and the image made of it. */
import { fileURLToPath } from 'node:url';
import { testCases } from './cases.ts';

testCases(fileURLToPath(new URL('nixos', import.meta.url)));
