import { BootflakeError } from '../base/errors.ts';
import type { DebianArchive, DebianPackageRecord } from '../evaluator/index.ts';
import { cacheDirectory } from '../system/cache-directory.ts';
import { ArchiveIndex, type PackageTable } from './archive-index.ts';
import { Catalog } from './catalog.ts';
import { parseStanza } from './control.ts';
import { IndexReader } from './index-reader.ts';
import { LayeredIndex } from './layered-index.ts';
import { otherComponents, type DebianLock } from './lock.ts';
import { debianIndexPath, type IndexPart } from './package-index.ts';
import { parseProvides } from './relations.ts';
import { matchesPattern, NewestIndex, type RepositoryLayer } from './repository/newest-index.ts';
import { plainFilename, repositoryIndexPath } from './repository/repository-index.ts';
import type { RepositoryLock } from './repository/repository-lock.ts';
import { resolvePackages } from './resolve.ts';

/** Makes one of a lock's indexes with `ensureDebianIndex`. */
type Remake = (of: IndexPart) => void;

/** A repository beside Debian's archive. */
export interface OpenRepository {
  /** For messages. */
  name: string;
  lock: RepositoryLock;
  /** The packages that are taken from it, names with `*` for any characters; all unless given. */
  packages?: readonly string[] | undefined;
  /** Makes its index with `ensureRepositoryIndex`. */
  remake?: () => void;
}

/**
 * Opens the archive that a lock pins, with other repositories. `remake` is called if an index is missing or damaged; without it, throws
 * `debian/no-index`. The index of the components besides main is opened once one of their packages is asked for.
 */
export function openArchive(
  lock: DebianLock,
  cacheDir = cacheDirectory(),
  remake?: Remake,
  repositories: readonly OpenRepository[] = [],
): DebianArchive {
  const open = (of: IndexPart) => new ArchiveIndex(new IndexReader(debianIndexPath(lock, cacheDir, of), remake && (() => remake(of))).read);
  const main = open('main');
  const layers = repositories.map((repository) => openRepository(repository, cacheDir));
  const withRepositories = <T extends PackageTable>(table: T): T | NewestIndex =>
    layers.length > 0 ? new NewestIndex(table, layers) : table;
  const table = withRepositories(main);
  const components = otherComponents(lock);
  let whole: DebianArchive | undefined;
  return {
    ...archiveOf(table, () => (table instanceof NewestIndex ? table.names() : Array.from({ length: main.count }, (_, i) => main.name(i)))),
    components,
    get allComponents() {
      if (whole) return whole;
      if (components.length === 0) {
        throw new BootflakeError({
          code: 'debian/no-component',
          message: `the lock pins no component of ${lock.suite} besides main`,
          hint: 'Run: bootflake flake update nixpkgs  to pin the others, too.',
        });
      }
      const layered = withRepositories(new LayeredIndex([main, open('others')]));
      whole = { ...archiveOf(layered, () => layered.names()), components, allComponents: undefined };
      return whole;
    },
  };
}

function openRepository({ name, lock, packages, remake }: OpenRepository, cacheDir: string): RepositoryLayer {
  const index = new ArchiveIndex(new IndexReader(repositoryIndexPath(lock, cacheDir), remake).read);
  return { name, index, admits: (wanted) => packages?.some((pattern) => matchesPattern(wanted, pattern)) ?? true };
}

function archiveOf(index: PackageTable, allNames: () => string[]): Omit<DebianArchive, 'components' | 'allComponents'> {
  const { suite, architecture } = index.description;
  const catalog = new Catalog(index, architecture);
  const resolved = new Map<string, string[]>();
  let names: string[] | undefined;
  return {
    suite,
    names: () => (names ??= allNames()),
    record: (name) => packageRecord(index, name),
    providers: (name) => index.providers(name).map((i) => index.name(i)),
    resolve(roots) {
      const key = [...roots].sort().join(' ');
      let found = resolved.get(key);
      if (!found) {
        found = resolvePackages(catalog, roots);
        resolved.set(key, found);
      }
      return found;
    },
  };
}

function packageRecord(index: PackageTable, name: string): DebianPackageRecord {
  const i = index.find(name);
  if (i < 0)
    throw new BootflakeError({ code: 'debian/unknown-package', message: `there is no package '${name}' in ${index.description.suite}` });
  const fields = parseStanza(index.stanza(i));
  const text = (field: string) => fields.get(field) ?? '';
  const { suite, archive, component, repository = '' } = index.source(i);
  return {
    pname: name,
    version: text('version'),
    architecture: text('architecture'),
    filename: repository === '' ? text('filename') : plainFilename(text('filename')),
    archive,
    repository,
    suite,
    component,
    sha256: text('sha256'),
    size: Number(text('size')),
    installedSize: Number(text('installed-size')),
    description: text('description').split('\n')[0]!,
    section: text('section'),
    priority: text('priority'),
    essential: text('essential') === 'yes',
    provides: [...new Set(parseProvides(fields.get('provides')).map((provided) => provided.name))],
    depends: [text('pre-depends'), text('depends')].filter(Boolean).join(', '),
    homepage: text('homepage'),
  };
}
