/**
 * What a builder may read: its derivation's inputs (the outputs of `inputDrvs`, and `inputSrcs`) and all that they refer to. A builder runs
 * in our own process, with no sandbox around it, and its attributes are the flake's: without this, a flake could read any file of the host.
 */
import { BootflakeError } from '../base/errors.ts';
import { splitStorePath, STORE_DIR } from '../nix-format/store-path.ts';
import { followInStore, type StoreView } from '../store/logical-path.ts';
import type { LocalStore } from '../store/local-store.ts';

export interface ScopedDerivation {
  drvPath: string;
  builder: string;
  attrs: Record<string, unknown>;
}

export class InputScope implements StoreView {
  private paths: ReadonlySet<string> | undefined;
  /** Folders that no symlink leads to. */
  private readonly plain = new Set<string>([STORE_DIR]);
  private readonly view: StoreView = { realPath: (path) => this.store.realPath(path), includes: (storePath) => this.includes(storePath) };

  /** `inputs`: valid store paths. */
  constructor(
    private readonly store: LocalStore,
    private readonly inputs: readonly string[],
    private readonly derivation: ScopedDerivation,
  ) {}

  /** The inputs and what they refer to, sorted. */
  closure(): string[] {
    return [...this.all()];
  }

  includes(storePath: string): boolean {
    return this.all().has(storePath);
  }

  /** Returns the store path itself. Throws `build/not-an-input`. */
  require(storePath: string): string {
    if (!this.includes(storePath)) throw this.notAnInput(storePath);
    return storePath;
  }

  /**
   * The physical path of a file of the inputs. Symlinks on the way to it are followed, one at its end is not. Throws `build/not-an-input`
   * for what is not in view, whatever leads there, and for paths that are not written plainly ("..", "//").
   */
  realPath(path: string): string {
    const parts = splitStorePath(path);
    if (parts === undefined || !isPlain(path) || !this.includes(parts.storePath)) throw this.notAnInput(path);
    const slash = path.lastIndexOf('/');
    const folder = path.slice(0, slash);
    if (this.plain.has(folder)) return this.store.realPath(path);
    const end = followInStore(this.view, folder);
    if (!('facts' in end)) {
      if (end.outside) throw this.notAnInput(path, end.path);
      throw new BootflakeError({ code: 'io/no-such-file', message: `there is no ${path}` });
    }
    if (end.path === folder && end.facts.type === 'directory') this.plain.add(folder);
    return this.store.realPath(end.path + path.slice(slash));
  }

  /** `leadsTo`: where the path's symlinks lead. */
  notAnInput(path: string, leadsTo?: string): BootflakeError {
    const { builder, attrs } = this.derivation;
    const attribute = attributeHolding(attrs, path);
    return new BootflakeError({
      code: 'build/not-an-input',
      message:
        `'${path}'${leadsTo === undefined ? '' : ` leads to '${leadsTo}', which`} is not among the inputs of the derivation` +
        `${attribute === undefined ? '' : ` (attribute \`${attribute}')`}, so '${builder}' may not read it`,
      hint: 'a builder sees the files that its attributes depend on, and nothing else: name a file of the flake as ./file, one of a package as "${package}/file"',
    });
  }

  private all(): ReadonlySet<string> {
    this.paths ??= new Set(this.store.computeClosure([...this.inputs]));
    return this.paths;
  }
}

/** Without "", "." and ".." among its parts, and without NUL, which would end the path for the system. */
function isPlain(path: string): boolean {
  return (
    !path.includes('\0') &&
    !path
      .split('/')
      .slice(1)
      .some((part) => part === '' || part === '.' || part === '..')
  );
}

const DEEPEST = 16;

/** Where a text stands in the attributes: `entries[0].source`. */
function attributeHolding(value: unknown, text: string, name = '', depth = 0): string | undefined {
  if (typeof value === 'string') return value !== '' && (value === text || text.startsWith(`${value}/`)) ? name || undefined : undefined;
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const found = attributeHolding(item, text, Array.isArray(value) ? `${name}[${key}]` : name === '' ? key : `${name}.${key}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
