import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { evalError } from '../../src/eval/error.ts';
import type { EvalHost, FileType } from '../../src/eval/host.ts';
import { narDigest, type NarSource } from '../../src/nix-format/nar-writer.ts';
import { makeFixedOutputPath, makeTextPath } from '../../src/nix-format/store-path.ts';

const latin = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const native = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

function typeOf(e: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }): FileType {
  return e.isFile() ? 'regular' : e.isDirectory() ? 'directory' : e.isSymbolicLink() ? 'symlink' : 'unknown';
}

/** The files under a path as in a NAR, without those that the filter refuses. */
function narSource(filter?: (path: string, type: FileType) => boolean): NarSource<string> {
  return {
    inspect(path) {
      const stat = lstatSync(path);
      if (stat.isSymbolicLink()) return { type: 'symlink', target: readlinkSync(path) };
      if (stat.isDirectory()) return { type: 'directory' };
      return { type: 'regular', size: stat.size, executable: (stat.mode & 0o100) !== 0 };
    },
    list: (path) =>
      readdirSync(path, { withFileTypes: true })
        .filter((e) => !filter || filter(latin(`${path}/${e.name}`), typeOf(e)))
        .map((e) => [e.name, `${path}/${e.name}`] as [string, string]),
    read: (path, piece) => piece(readFileSync(path)),
  };
}

/**
 * An EvalHost over the real file system, for tests of the language. Store paths are right, but nothing is written: an added path is read
 * from its source.
 */
export function fileHost(overrides: Partial<EvalHost> = {}): EvalHost & { traces: string[]; derivations: Map<string, string> } {
  const traces: string[] = [];
  const texts = new Map<string, string>();
  const origins = new Map<string, string>();
  const derivations = new Map<string, string>();
  const no = (what: string) => (): never => {
    throw new Error(`the test host has no ${what}`);
  };
  const physical = (path: string): string => {
    const storePath = /^\/nix\/store\/[^/]+/.exec(path)?.[0];
    const origin = storePath && origins.get(storePath);
    return native(origin ? origin + path.slice(storePath.length) : path);
  };
  return {
    traces,
    derivations,
    storeDir: '/nix/store',
    currentSystem: 'x86_64-linux',
    pureEval: false,
    currentTime: () => 0,
    getEnv: (name) => process.env[name] ?? '',
    readFile(path) {
      const text = texts.get(path);
      if (text !== undefined) return text;
      try {
        return readFileSync(physical(path), 'latin1');
      } catch {
        throw evalError('eval/no-such-file', `path '${path}' does not exist`, 0);
      }
    },
    readDirectory: (path) => new Map(readdirSync(physical(path), { withFileTypes: true }).map((e) => [latin(e.name), typeOf(e)])),
    fileType(path) {
      if (texts.has(path)) return 'regular';
      const stat = lstatSync(physical(path), { throwIfNoEntry: false });
      return stat && typeOf(stat);
    },
    readLink: (path) => latin(readlinkSync(physical(path))),
    addToStore(name, path, { recursive, filter, keepLink }) {
      const from = keepLink ? physical(path) : realpathSync(physical(path));
      const bytes = recursive ? narDigest(narSource(filter), from).sha256 : createHash('sha256').update(readFileSync(from)).digest();
      const storePath = makeFixedOutputPath(name, recursive ? 'nar' : 'flat', { algorithm: 'sha256', bytes });
      origins.set(storePath, latin(from));
      return storePath;
    },
    addTextToStore(name, text, references) {
      const storePath = makeTextPath(name, createHash('sha256').update(text, 'latin1').digest('hex'), references);
      texts.set(storePath, text);
      return storePath;
    },
    writeDerivation: (drvPath, aterm) => void derivations.set(drvPath, aterm),
    readDerivation: (drvPath) => derivations.get(drvPath) ?? no('such derivation')(),
    isValidPath: (path) => texts.has(path) || origins.has(path),
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
