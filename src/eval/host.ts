/**
 * The evaluator's only door to the world. Synchronous: what needs the network blocks. Paths and file contents that cross it
 * are byte strings (one char a byte, Latin-1) as all strings of the evaluator are.
 */
import type { Evaluator } from './evaluator.ts';
import type { Value } from './value.ts';

export type FileType = 'regular' | 'directory' | 'symlink' | 'unknown';

export interface SourcePosition {
  file: string;
  line: number;
  column: number;
}

/**
 * What was learnt of texts, by a hash of the text and of all else that counts: which parts of them can be left out at first
 * (lang/later.ts).
 */
export interface SyntaxCache {
  find(key: string): Uint32Array | undefined;
  add(key: string, parts: Uint32Array): void;
}

export interface CopyOptions {
  /** By the hash of its NAR, not of its bytes. */
  recursive: boolean;
  /** A symlink that the path ends in is copied itself, not what it leads to. */
  keepLink?: boolean;
  filter?: (path: string, type: FileType) => boolean;
  /** In any notation. */
  expectedSha256?: string;
}

export interface EvalHost {
  readonly syntaxCache?: SyntaxCache;
  readonly storeDir: string;
  readonly currentSystem: string;
  readonly pureEval: boolean;
  /** Seconds since 1970; only asked when not pure. */
  currentTime(): number;
  getEnv(name: string): string;
  /** Throws a BootflakeError when the file cannot be read or pure evaluation forbids it. */
  readFile(path: string): string;
  /** The same as bytes, for a host that has them so. */
  readBytes?(path: string): Uint8Array;
  readDirectory(path: string): Map<string, FileType>;
  /** undefined when nothing is there. Does not follow a last symlink. */
  fileType(path: string): FileType | undefined;
  readLink(path: string): string;
  /** The file to import where a program imports `file`, which is no symlink: its path, or undefined for the file itself. */
  replacement?(file: string): string | undefined;
  /** Copies a file or tree into the store and returns its store path. */
  addToStore(name: string, path: string, options: CopyOptions): string;
  addTextToStore(name: string, text: string, references: string[]): string;
  /** Writes a derivation's ATerm into the store, unless it is there. Returns nothing: the path was computed by the caller. */
  writeDerivation(drvPath: string, aterm: string, references: string[]): void;
  readDerivation(drvPath: string): string;
  isValidPath(path: string): boolean;
  /** The store paths that a valid store path refers to, where the host knows them: the context of strings read from files. */
  pathReferences?(storePath: string): string[];
  /** Builds outputs for import from derivation; items are `drvPath!output`. */
  realise(items: string[]): void;
  /**
   * Answers the store path and what was learnt. `attrs.type` is that of a flake input (`git`, `github`, `tarball`, ...: fetchTree,
   * fetchGit), `url` (fetchTree of a text: any input as a URL in `url`), or `fetchurl` / `fetchTarball` with `url`, `name` (of the store
   * path) and, unless evaluation is impure, `sha256` (SRI; of the file itself for fetchurl, of the unpacked tree's NAR for fetchTarball).
   * Text, not bytes. `builtin` is the name of the one that asks, for messages.
   */
  fetchTree(
    attrs: Record<string, string | number | boolean>,
    builtin: string,
  ): { storePath: string; attrs: Record<string, string | number | boolean> };
  /** builtins.parseFlakeRef and flakeRefToString, where flakes are known. Text, not bytes. */
  parseFlakeRef?(reference: string): Record<string, string | number | boolean>;
  flakeRefToString?(attrs: Record<string, string | number | boolean>): string;
  /** builtins.getFlake: the set of a flake's outputs, `inputs`, `sourceInfo` and so on, evaluated by `ev`. */
  getFlake?(ev: Evaluator, reference: string): Value;
  trace(message: string): void;
  warn(message: string): void;
  /** As `warn`, for what is wrong with a text rather than what a program says; `warn` unless given. */
  lint?(message: string): void;
  /** The package archive of the distribution whose source tree lies at `source`, with other repositories. */
  debianArchive(source: string, repositories: readonly RepositorySource[]): DebianArchive;
}

/** An apt repository beside Debian's archive. */
export interface RepositorySource {
  /** For messages. */
  name: string;
  /** Where the tree of its input lies. */
  source: string;
  /** The packages that are taken from it, as names with `*`; all unless given. */
  packages: string[] | undefined;
}

/** One binary package of an archive index. Strings are bytes. */
export interface DebianPackageRecord {
  pname: string;
  version: string;
  architecture: string;
  filename: string;
  /** `debian` or `debian-security`; '' for one of another repository. */
  archive: string;
  /** The address of the repository that has it; '' for Debian's archive. */
  repository: string;
  suite: string;
  component: string;
  sha256: string;
  size: number;
  installedSize: number;
  description: string;
  section: string;
  priority: string;
  essential: boolean;
  provides: string[];
  depends: string;
  homepage: string;
}

export interface DebianArchive {
  suite: string;
  /** The components besides main that are pinned. */
  components: readonly string[];
  /** The same archive with the packages of those, which is read when it is first used; undefined in that one itself. */
  readonly allComponents: DebianArchive | undefined;
  /** All binary package names, sorted by bytes. */
  names(): string[];
  record(name: string): DebianPackageRecord;
  /** Package names that provide a virtual package. */
  providers(name: string): string[];
  /**
   * The dependency closure in install order; the root `@essential` stands for all Essential and required packages. Throws a BootflakeError
   * naming the chain.
   */
  resolve(roots: string[]): string[];
}
