/** The evaluator's host: the file system and the store. Runs in the evaluator's worker. */
import { BootflakeError } from '../base/errors.ts';
import type {
  CopyOptions,
  DebianArchive,
  EvalHost,
  Evaluator,
  FileType,
  RepositorySource,
  SyntaxCache,
  Value,
} from '../evaluator/index.ts';
import type { LocalStore } from '../store/local-store.ts';
import { formatHash, parseHash } from '../nix-format/hash.ts';
import type { NarDigest } from '../nix-format/nar-writer.ts';
import { makeFixedOutputPath, STORE_DIR } from '../nix-format/store-path.ts';
import { bytesOfName, nameOfBytes } from '../tree/byte-name.ts';
import { file } from '../tree/file-tree.ts';
import { wallClockSeconds } from '../system/clock.ts';
import type { ForeseenCopies } from './foreseen-copies.ts';
import { LogicalFiles } from '../store/logical-files.ts';
import { pathError } from '../system/path-errors.ts';
import type { PathFilter } from '../system/read-tree.ts';
import { findReplacedFile, OwnNixFiles, replacementOf, unreplaced } from './own-nix-files.ts';

/** An upper bound on the size of any archive state. */
const mostFacts = 64 << 10;

/** `name` of the repository; undefined for Debian's archive. Throws `debian/bad-lock`. No error shows the text, as it may be a secret. */
function parseArchiveFacts(path: string, text: string, name?: string): Record<string, unknown> {
  try {
    const facts: unknown = text.length <= mostFacts ? JSON.parse(text) : undefined;
    if (typeof facts === 'object' && facts !== null && !Array.isArray(facts)) return facts as Record<string, unknown>;
  } catch {
    /* reported below */
  }
  throw new BootflakeError({
    code: 'debian/bad-lock',
    message: `'${path}' is not a state of ${name === undefined ? "Debian's archive" : 'an apt repository'}: it is not a JSON object`,
    hint:
      name === undefined
        ? 'Pass builtins.debianArchive the source tree of debian/trixie or another suite.'
        : `Set nixpkgs.debian.repositories.${name} to an input of the flake whose url begins with apt+https:.`,
  });
}

const replacementNotes = {
  images: 'images are made by bootflake itself, without a virtual machine (--image-builder nixpkgs: as nixpkgs does)',
  tests: "the test's machines are started by bootflake itself",
};

type FetchedAttrs = Record<string, string | number | boolean>;

/** A repository, with the contents of its repository.json. */
export interface RepositoryFacts extends RepositorySource {
  facts: Record<string, unknown>;
}

/** The services that the host's creator provides. */
export interface EvalHostServices {
  /** Builds derivations' outputs (`drvPath!output`) and returns their paths. */
  realise(items: string[]): string[];
  fetchTree(attrs: FetchedAttrs, builtin: string): { storePath: string; attrs: FetchedAttrs };
  trace(message: string): void;
  warn(message: string): void;
  /** Reports a message of builtins.warn. */
  evaluationWarning(message: string): void;
  note(message: string): void;
  /** Reports what is read and copied. */
  detail?(message: string): void;
  parseFlakeRef(reference: string): FetchedAttrs;
  flakeRefToString(attrs: FetchedAttrs): string;
  getFlake(evaluator: Evaluator, reference: string): Value;
  /** Opens the archive that a distribution pins, with repositories; `facts` are the contents of their archive.json and repository.json. */
  openDebianArchive(facts: Record<string, unknown>, repositories: readonly RepositoryFacts[]): DebianArchive;
}

export interface EvalHostOptions {
  store: LocalStore;
  system: string;
  pure: boolean;
  /** Derivations are not written, only remembered. */
  readOnly?: boolean;
  syntaxCache?: SyntaxCache;
  /** Imports of nixpkgs' make-disk-image.nix return the function of that name that builds without a virtual machine. */
  nativeImages?: boolean;
  /** Tests that nixpkgs makes have our driver. */
  nativeTests?: boolean;
  /** Hashes large trees ahead of their copy. Only for one evaluation at a time: files are assumed not to change during it. */
  foreseen?: ForeseenCopies;
  services: EvalHostServices;
}

export class FileSystemHost implements EvalHost {
  readonly storeDir = STORE_DIR;
  readonly currentSystem: string;
  readonly pureEval: boolean;
  readonly syntaxCache?: SyntaxCache;
  private readonly store: LocalStore;
  private readonly services: EvalHostServices;
  private readonly files: LogicalFiles;
  /** Store paths that pure evaluation may read. */
  private readonly allowed = new Set<string>();
  /** The unwritten derivations by path; undefined when derivations are written. */
  private readonly unwritten: Map<string, string> | undefined;
  private readonly nativeImages: boolean;
  private readonly nativeTests: boolean;
  private readonly foreseen: ForeseenCopies | undefined;
  private readonly own = new OwnNixFiles();
  private readonly archives = new Map<string, DebianArchive>();

  constructor(options: EvalHostOptions) {
    this.store = options.store;
    this.currentSystem = options.system;
    this.pureEval = options.pure;
    if (options.syntaxCache) this.syntaxCache = options.syntaxCache;
    this.services = options.services;
    this.nativeImages = options.nativeImages ?? false;
    this.nativeTests = options.nativeTests ?? false;
    this.foreseen = options.foreseen;
    this.unwritten = options.readOnly ? new Map() : undefined;
    this.files = new LogicalFiles(options.store.root, options.pure ? (path) => this.checkAllowed(path) : () => {});
  }

  /** Makes later reads see changed files. */
  forgetFiles(): void {
    this.files.forget();
  }

  /** Lets pure evaluation read a store path. */
  allowPath(storePath: string): void {
    this.allowed.add(storePath);
  }

  private checkAllowed(path: string): void {
    const end = path.startsWith('/nix/store/') ? path.indexOf('/', 11) : -1;
    const storePath = end < 0 ? path : path.slice(0, end);
    if (this.allowed.has(storePath)) return;
    throw new BootflakeError({
      code: 'eval/forbidden-path',
      message:
        `access to absolute path '${Buffer.from(path, 'latin1').toString('utf8')}' is forbidden in pure evaluation mode (use '--impure' ` +
        'to override)',
      hint: 'Put the file in the flake and refer to it by a relative path (./file): a flake sees only its own tree and its inputs.',
    });
  }

  currentTime(): number {
    return wallClockSeconds();
  }

  getEnv(name: string): string {
    return this.pureEval ? '' : Buffer.from(process.env[Buffer.from(name, 'latin1').toString('utf8')] ?? '', 'utf8').toString('latin1');
  }

  readFile(path: string): string {
    return this.explained(path, () => this.own.read(path) ?? this.files.readSource(path).toString('latin1'));
  }

  readBytes(path: string): Uint8Array {
    return this.explained(path, () => {
      const own = this.own.read(path);
      return own === undefined ? this.files.readSource(path) : Buffer.from(own, 'latin1');
    });
  }

  readDirectory(path: string): Map<string, FileType> {
    return this.explained(path, () => this.own.list(path) ?? this.files.list(path));
  }

  fileType(path: string): FileType | undefined {
    return this.explained(path, () => this.own.kind(path) ?? this.files.kind(path));
  }

  readLink(path: string): string {
    return this.explained(path, () => this.files.readLink(path));
  }

  replacement(file: string): string | undefined {
    this.services.detail?.(`evaluating file '${Buffer.from(file, 'latin1').toString('utf8')}'`);
    if (this.foreseen) this.foresee(this.foreseen, file);
    const original = unreplaced(file);
    if (original !== undefined) return original;
    const found = this.replacedFile(file);
    if (!found || !(found.replaced.what === 'images' ? this.nativeImages : this.nativeTests)) return undefined;
    this.services.note(`${Buffer.from(file, 'latin1').toString('utf8')}: ${replacementNotes[found.replaced.what]}`);
    return replacementOf(file, found.replaced);
  }

  addToStore(name: string, path: string, options: CopyOptions): string {
    const method = options.recursive ? 'nar' : 'flat';
    const expected = options.expectedSha256 === undefined ? undefined : parseHash(options.expectedSha256, 'sha256');
    if (expected) {
      const wanted = makeFixedOutputPath(name, method, expected);
      if (this.store.isValidPath(wanted)) return this.allow(wanted);
    }
    const own = this.own.read(path);
    if (own !== undefined)
      return this.allow(
        this.store.addToStore(name, file(Buffer.from(own, 'latin1')), {
          method,
          ...(expected && { expectedHash: formatHash(expected, 'sri') }),
        }),
      );
    const folder = this.own.folder(path);
    if (folder !== undefined) return this.allow(this.store.addToStore(name, { physicalPath: folder }, { method }));
    const resolved = this.explained(path, () => (options.keepLink ? this.files.resolveFolders(path) : this.files.resolve(path)));
    const physicalPath = this.physical(resolved);
    const { filter: asked } = options;
    // The filter receives the path as the program knows it.
    const known = (file: string): string => path + bytesOfName(file.slice(physicalPath.length)).toString('latin1');
    const filter: PathFilter | undefined = asked && ((file, type) => asked(known(file), type));
    const add = (filter?: PathFilter, narDigest?: NarDigest): string =>
      this.store.addToStore(
        name,
        { physicalPath, ...(filter && { filter }) },
        { method, ...(narDigest && { narDigest }), ...(expected && { expectedHash: formatHash(expected, 'sri') }) },
      );
    const added = this.explained(path, () =>
      this.foreseen && method === 'nar' ? this.foreseen.copy({ physical: physicalPath, name: path }, filter, add) : add(filter),
    );
    this.services.detail?.(`copied '${Buffer.from(path, 'latin1').toString('utf8')}' to '${added}'`);
    return this.allow(added);
  }

  addTextToStore(name: string, text: string, references: string[]): string {
    return this.allow(this.store.addTextToStore(name, Buffer.from(text, 'latin1'), references));
  }

  writeDerivation(drvPath: string, aterm: string, references: string[]): void {
    if (this.unwritten) this.unwritten.set(drvPath, aterm);
    else if (!this.store.isValidPath(drvPath)) {
      const written = this.store.addDerivation(drvPath.slice(STORE_DIR.length + 34), Buffer.from(aterm, 'latin1'), references);
      if (written !== drvPath) throw new Error(`a derivation was to be written to ${drvPath}, but its text belongs to ${written}`);
    }
    this.allowed.add(drvPath);
  }

  readDerivation(drvPath: string): string {
    return this.unwritten?.get(drvPath) ?? this.explained(drvPath, () => this.files.readFile(drvPath));
  }

  isValidPath(path: string): boolean {
    return this.store.isValidPath(path);
  }

  realise(items: string[]): void {
    for (const path of this.services.realise(items)) this.allowed.add(path);
  }

  fetchTree(attrs: FetchedAttrs, builtin: string): { storePath: string; attrs: FetchedAttrs } {
    const fetched = this.services.fetchTree(attrs, builtin);
    this.allowed.add(fetched.storePath);
    return fetched;
  }

  parseFlakeRef(reference: string): FetchedAttrs {
    return this.services.parseFlakeRef(reference);
  }

  flakeRefToString(attrs: FetchedAttrs): string {
    return this.services.flakeRefToString(attrs);
  }

  getFlake(evaluator: Evaluator, reference: string): Value {
    return this.services.getFlake(evaluator, reference);
  }

  pathReferences(storePath: string): string[] {
    return this.store.queryPathInfo(storePath)?.references ?? [];
  }

  trace(message: string): void {
    this.services.trace(Buffer.from(message, 'latin1').toString('utf8'));
  }

  warn(message: string): void {
    this.services.evaluationWarning(Buffer.from(message, 'latin1').toString('utf8'));
  }

  lint(message: string): void {
    this.services.warn(Buffer.from(message, 'latin1').toString('utf8'));
  }

  debianArchive(source: string, repositories: readonly RepositorySource[]): DebianArchive {
    const key = JSON.stringify([source, repositories]);
    let archive = this.archives.get(key);
    if (!archive) {
      const facts = this.archiveFacts(`${source}/archive.json`);
      const more = repositories.map((repository) => ({
        ...repository,
        facts: this.archiveFacts(`${repository.source}/repository.json`, repository.name),
      }));
      archive = this.services.openDebianArchive(facts, more);
      this.archives.set(key, archive);
    }
    return archive;
  }

  private archiveFacts(path: string, repository?: string): Record<string, unknown> {
    return parseArchiveFacts(
      path,
      this.explained(path, () => this.files.readFile(path)),
      repository,
    );
  }

  /**
   * Predicts copies from an import. Both image functions copy their nixpkgs without the files of Git and editors; ours uses a store path as
   * it is.
   */
  private foresee(foreseen: ForeseenCopies, file: string): void {
    foreseen.imports(file);
    try {
      const found = this.replacedFile(file);
      const nixpkgs = found?.replaced.what === 'images' ? found.nixpkgs : undefined;
      if (nixpkgs !== undefined && !(this.nativeImages && this.store.storePathOf(nixpkgs) === nixpkgs))
        foreseen.guess(this.physical(this.files.resolve(nixpkgs)), file);
    } catch {
      // A forbidden file is reported when the program reads it.
    }
  }

  private replacedFile(file: string): ReturnType<typeof findReplacedFile> {
    return findReplacedFile(file, (path) => this.files.kind(path) !== undefined);
  }

  private physical(resolved: string): string {
    const path = this.files.physical(resolved);
    return typeof path === 'string' ? path : nameOfBytes(path);
  }

  private allow(storePath: string): string {
    this.allowed.add(storePath);
    return storePath;
  }

  /** Runs `work` and rewrites system errors to name the path as the program knows it. */
  private explained<T>(path: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof BootflakeError || (error as NodeJS.ErrnoException).code === undefined) throw error;
      throw pathError(error as NodeJS.ErrnoException, { path, leadsTo: this.leadsTo(path) });
    }
  }

  /** The path with its symlinks followed, if possible. */
  private leadsTo(path: string): string {
    try {
      return this.files.resolve(path);
    } catch {
      return path;
    }
  }
}
