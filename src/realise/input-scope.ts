/**
 * The files that a builder may read: its derivation's inputs (the outputs of `inputDrvs`, and `inputSrcs`) and their closure. A builder
 * runs in our own process without a sandbox, and a flake sets its attributes: without this check, a flake could read any file of the host.
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
  /** Folders known to be reached without symlinks. */
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
   * Returns the physical path of a file of the inputs. Symlinks on the way are followed, one at the end is not. Throws `build/not-an-input`
   * for a file outside the inputs, whatever leads there, and for paths that are not in normal form ("..", "//").
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
      hint:
        'Refer to a file of the flake as ./file and to one of a package as "${package}/file": a builder sees only what its attributes ' +
        'depend on.',
    });
  }

  private all(): ReadonlySet<string> {
    this.paths ??= new Set(this.store.computeClosure([...this.inputs]));
    return this.paths;
  }
}

/** True for a path without the parts "", "." and "..", and without NUL, which would end the path in a system call. */
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

/** Returns where a text occurs in the attributes: `entries[0].source`. */
function attributeHolding(value: unknown, text: string, name = '', depth = 0): string | undefined {
  if (typeof value === 'string') return value !== '' && (value === text || text.startsWith(`${value}/`)) ? name || undefined : undefined;
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const found = attributeHolding(item, text, Array.isArray(value) ? `${name}[${key}]` : name === '' ? key : `${name}.${key}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
