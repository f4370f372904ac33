/** A folder laid out as nixpkgs' tests expect: `lib` with the tests in it, and our library's files in place of nixpkgs'. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ours = fileURLToPath(new URL('../../distro/lib', import.meta.url));

/** Files of nixpkgs' lib that are tests or belong to them. */
const tests = ['tests', 'path/tests', 'fileset/tests.sh', 'fileset/mock-splitRoot.nix'];

/** Makes the folder and returns its `lib`. */
export function assembleTree(theirs: string, folder: string): string {
  if (!existsSync(join(theirs, 'tests/modules.sh'))) throw new Error(`${theirs} has no tests/modules.sh: it is not the lib of nixpkgs`);
  const lib = join(folder, 'lib');
  cpSync(ours, lib, { recursive: true });
  for (const path of tests) cpSync(join(theirs, path), join(lib, path), { recursive: true });
  allowLocalSubmodules(join(lib, 'fileset/tests.sh'));
  return lib;
}

/** Git refuses submodules of local folders by default. */
function allowLocalSubmodules(script: string): void {
  const setting = 'export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=protocol.file.allow GIT_CONFIG_VALUE_0=always\n';
  writeFileSync(
    script,
    readFileSync(script, 'utf8').replace(/^set -euo pipefail$/m, (line) => `${line}\n${setting}`),
  );
}
