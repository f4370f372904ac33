/** The package set over a stand-in archive: names, packages as derivations, builders. */
import { fileURLToPath } from 'node:url';
import { testCases } from './cases.ts';

testCases(fileURLToPath(new URL('pkgs', import.meta.url)));
