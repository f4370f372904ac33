/** A small apt repository with a key of its own, as a table of paths and bytes. */
import { gzipSync } from 'node:zlib';
import { clearSign, packageStanza, releaseText, sha256, type TestKey } from './archive-maker.ts';
import { makeDeb, type DebRecipe } from './deb-maker.ts';

export interface RepositoryRecipe {
  debs: DebRecipe[];
  /** `stable` unless given; one that ends in `/` for a repository without `dists/`. */
  suite?: string;
  component?: string;
  /** More components, without packages. */
  others?: string[];
  /** The names of the indexes of its former states are not kept. */
  byHash?: boolean;
  /** Changes the text of Packages. */
  packages?: (text: string) => string;
  /** Changes the fields of the Release before it is signed. */
  fields?: Record<string, string | undefined>;
}

/** Returns all files below the repository's address, and the key as `key.asc`. */
export async function makeRepository(key: TestKey, recipe: RepositoryRecipe): Promise<Map<string, Buffer>> {
  const { debs, suite = 'stable', component = 'main', others = [], byHash = true, packages = (text) => text, fields = {} } = recipe;
  const files = new Map<string, Buffer>();
  const flat = suite.endsWith('/');
  const folder = flat ? suite.replace(/^\.?\//, '') : `dists/${suite}/`;
  const listed: [string, Buffer][] = [];
  const addIndex = (name: string, text: string) => {
    const plain = Buffer.from(text, 'latin1');
    const index = gzipSync(plain);
    files.set(`${folder}${name}Packages.gz`, index);
    if (byHash) files.set(`${folder}${name}by-hash/SHA256/${sha256(index)}`, index);
    listed.push([`${name}Packages`, plain], [`${name}Packages.gz`, index]);
  };
  const stanzas = debs.map((deb) => {
    const bytes = makeDeb(deb);
    const file = `${deb.name}_${(deb.version ?? '1.0-1').replace(/^\d+:/, '')}_${deb.architecture ?? 'amd64'}.deb`;
    files.set(flat ? file : `pool/${file}`, bytes);
    return packageStanza(deb, bytes, flat ? `./${file}` : `pool/${file}`);
  });
  addIndex(flat ? '' : `${component}/binary-amd64/`, packages(stanzas.join('\n')));
  for (const other of others) addIndex(`${other}/binary-amd64/`, '');
  const names = flat ? { Suite: undefined } : { Suite: suite, Codename: suite };
  const release = releaseText({ Origin: 'Test', ...names, ...fields }, listed);
  files.set(`${folder}InRelease`, Buffer.from(await clearSign(release, key)));
  files.set('key.asc', Buffer.from(key.publicKey));
  return files;
}

/** The fingerprint of a key, as a user would copy it. */
export async function fingerprintOf(key: TestKey): Promise<string> {
  const { readKey } = await import('openpgp');
  return (await readKey({ armoredKey: key.publicKey })).getFingerprint().toUpperCase();
}
