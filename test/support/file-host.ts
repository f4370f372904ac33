import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { evalError } from '../../src/eval/error.ts';
import type { EvalHost, FileType } from '../../src/eval/host.ts';

const latin = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const native = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

/** An EvalHost over the real file system, for tests of the language. Nothing is written: store paths are made up. */
export function fileHost(overrides: Partial<EvalHost> = {}): EvalHost & { traces: string[] } {
  const traces: string[] = [];
  const typeOf = (e: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }): FileType =>
    e.isFile() ? 'regular' : e.isDirectory() ? 'directory' : e.isSymbolicLink() ? 'symlink' : 'unknown';
  const madeUp = (name: string, what: string): string => `/nix/store/${createHash('sha256').update(what).digest('hex').slice(0, 32)}-${name}`;
  const no = (what: string) => (): never => { throw new Error(`the test host has no ${what}`); };
  return {
    traces,
    storeDir: '/nix/store',
    currentSystem: 'x86_64-linux',
    pureEval: false,
    currentTime: () => 0,
    getEnv: (name) => process.env[name] ?? '',
    readFile(path) {
      try {
        return readFileSync(native(path), 'latin1');
      } catch {
        throw evalError('eval/no-such-file', `path '${path}' does not exist`, 0);
      }
    },
    readDirectory: (path) => new Map(readdirSync(native(path), { withFileTypes: true }).map((e) => [latin(e.name), typeOf(e)])),
    fileType(path) {
      const stat = lstatSync(native(path), { throwIfNoEntry: false });
      return stat && typeOf(stat);
    },
    readLink: (path) => latin(readlinkSync(native(path))),
    addToStore: (name, path) => madeUp(name, path),
    addTextToStore: (name, text, references) => madeUp(name, text + references.join()),
    writeDerivation() {},
    readDerivation: no('derivations'),
    isValidPath: () => false,
    realise: no('builder'),
    fetchTree: no('fetcher'),
    trace(message) {
      traces.push(message);
    },
    warn() {},
    debianArchive: no('archive'),
    ...overrides,
  };
}
