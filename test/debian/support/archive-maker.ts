/** A small Debian archive with a key of its own, as a table of paths and bytes. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { createCleartextMessage, generateKey, readPrivateKey, sign } from 'openpgp';
import { makeDeb, type DebRecipe } from './deb-maker.ts';

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** The date of the tests' archives: 2026-01-10T12:00:00Z. */
export const NOW = 1_768_046_400;

export interface TestKey {
  publicKey: string;
  privateKey: string;
}

export async function makeKey(name = 'Test Archive'): Promise<TestKey> {
  const { publicKey, privateKey } = await generateKey({
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [{ name, email: 'archive@example.org' }],
    date: new Date((NOW - 86_400 * 30) * 1000),
    format: 'armored',
  });
  return { publicKey, privateKey };
}

export interface SuiteRecipe {
  /** Debs by the part that contains them; `updates` and `security` may be empty. */
  release?: DebRecipe[];
  updates?: DebRecipe[];
  security?: DebRecipe[];
  /** Debs of the release by their component besides main; the other parts list these components, too, without packages. */
  components?: Record<string, DebRecipe[]>;
  /** Changes the fields of a part's Release before it is signed. */
  fields?: Partial<Record<'release' | 'updates' | 'security', Record<string, string | undefined>>>;
}

const PARTS = [
  ['release', 'debian', ''],
  ['updates', 'debian', '-updates'],
  ['security', 'debian-security', '-security'],
] as const;

/** Returns all files of the suite trixie: `debian/dists/trixie/InRelease`, `debian/pool/...` and so on. */
export async function makeArchive(key: TestKey, recipe: SuiteRecipe): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const [part, archive, suffix] of PARTS) {
    const dist = `trixie${suffix}`;
    const listed: [string, Buffer][] = [];
    const addIndex = (component: string, debs: DebRecipe[]) => {
      const stanzas = debs.map((deb) => {
        const bytes = makeDeb(deb);
        const version = (deb.version ?? '1.0-1').replace(/^\d+:/, '');
        const filename = `pool/${component}/${deb.name[0]}/${deb.name}/${deb.name}_${version}_${deb.architecture ?? 'amd64'}.deb`;
        files.set(`${archive}/${filename}`, bytes);
        return packageStanza(deb, bytes, filename);
      });
      const plain = Buffer.from(stanzas.join('\n'));
      const index = gzipSync(plain);
      const folder = `${component}/binary-amd64`;
      files.set(`${archive}/dists/${dist}/${folder}/Packages.gz`, index);
      files.set(`${archive}/dists/${dist}/${folder}/by-hash/SHA256/${sha256(index)}`, index);
      listed.push([`${folder}/Packages`, plain], [`${folder}/Packages.gz`, index]);
    };
    addIndex('main', recipe[part] ?? []);
    for (const [component, debs] of Object.entries(recipe.components ?? {})) addIndex(component, part === 'release' ? debs : []);
    const release = releaseText({ Codename: dist, ...recipe.fields?.[part] }, listed);
    files.set(`${archive}/dists/${dist}/InRelease`, Buffer.from(await clearSign(release, key)));
  }
  return files;
}

export async function clearSign(text: string, key: TestKey): Promise<string> {
  const message = await createCleartextMessage({ text });
  return (await sign({
    message,
    signingKeys: await readPrivateKey({ armoredKey: key.privateKey }),
    date: new Date((NOW - 3600) * 1000),
  })) as string;
}

export function packageStanza(deb: DebRecipe, bytes: Uint8Array, filename: string): string {
  const fields = {
    Package: deb.name,
    Version: deb.version ?? '1.0-1',
    Architecture: deb.architecture ?? 'amd64',
    ...deb.fields,
    Filename: filename,
    Size: String(bytes.length),
    SHA256: sha256(bytes),
    Description: `the package ${deb.name}`,
  };
  return Object.entries(fields)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
}

export function releaseText(fields: Record<string, string | undefined>, indexes: [string, Buffer][]): string {
  const utc = (seconds: number) => new Date(seconds * 1000).toUTCString().replace('GMT', 'UTC');
  const all: Record<string, string | undefined> = {
    Origin: 'Debian',
    Suite: 'stable',
    Date: utc(NOW - 3600),
    'Valid-Until': utc(NOW + 86_400 * 7),
    Architectures: 'all amd64',
    ...fields,
  };
  const lines = Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}: ${value}\n`);
  return `${lines.join('')}SHA256:\n${indexes.map(([path, bytes]) => ` ${sha256(bytes)} ${bytes.length} ${path}\n`).join('')}`;
}
