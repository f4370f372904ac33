/** Around the modules: evaluating a system, and the image made from it. */
import { fileURLToPath } from 'node:url';
import { testCases } from './cases.ts';

testCases(fileURLToPath(new URL('nixos', import.meta.url)));
