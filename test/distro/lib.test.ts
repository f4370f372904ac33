/**
 * The function library. With NIXPKGS_LIB=/path/to/nixpkgs/lib, compares it with that one too (nixpkgs 20.09, except the cases called
 * `-new`).
 */
import { fileURLToPath } from 'node:url';
import { testCases } from './cases.ts';

const otherLib = process.env.NIXPKGS_LIB;
testCases(fileURLToPath(new URL('lib', import.meta.url)), otherLib ? { otherLib } : {});
