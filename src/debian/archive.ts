import { BootflakeError } from '../base/errors.ts';
import type { DebianArchive, DebianPackageRecord } from '../evaluator/index.ts';
import { cacheDirectory } from '../system/cache-directory.ts';
import { ArchiveIndex } from './archive-index.ts';
import { Catalog } from './catalog.ts';
import { parseStanza } from './control.ts';
import { IndexReader } from './index-reader.ts';
import type { DebianLock } from './lock.ts';
import { debianIndexPath } from './package-index.ts';
import { parseProvides } from './relations.ts';
import { resolvePackages } from './resolve.ts';

/**
 * Opens the archive that a lock pins. `remake` runs `ensureDebianIndex` if the index is missing or damaged; without it, throws
 * `debian/no-index`.
 */
export function openArchive(lock: DebianLock, cacheDir = cacheDirectory(), remake?: () => void): DebianArchive {
  const index = new ArchiveIndex(new IndexReader(debianIndexPath(lock, cacheDir), remake).read);
  const { suite, architecture } = index.description;
  const catalog = new Catalog(index, architecture);
  const resolved = new Map<string, string[]>();
  let names: string[] | undefined;
  return {
    suite,
    names: () => (names ??= Array.from({ length: index.count }, (_, i) => index.name(i))),
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

function packageRecord(index: ArchiveIndex, name: string): DebianPackageRecord {
  const i = index.find(name);
  if (i < 0)
    throw new BootflakeError({ code: 'debian/unknown-package', message: `there is no package '${name}' in ${index.description.suite}` });
  const fields = parseStanza(index.stanza(i));
  const text = (field: string) => fields.get(field) ?? '';
  const { suite, archive } = index.source(i);
  return {
    pname: name,
    version: text('version'),
    architecture: text('architecture'),
    filename: text('filename'),
    archive,
    suite,
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
