/** The key of an apt repository: a file from anywhere, armored or binary, of which only keys with the user's fingerprints count. */
import type { Key } from 'openpgp';
import { BootflakeError } from '../../base/errors.ts';
import { shortened } from '../../base/shortened.ts';

/** A file of keys with many signatures of others. */
export const MAX_KEY_BYTES = 1 << 20;

/**
 * Returns the keys in a file whose primary key has one of the fingerprints. Throws `debian/bad-key` for a file that has no keys, and
 * `debian/wrong-key` for one that has others.
 */
export async function findKeys(bytes: Uint8Array, url: string, fingerprints: readonly string[]): Promise<Key[]> {
  let keys: Key[];
  try {
    keys = await readAll(bytes);
    if (keys.length === 0) throw new Error('it has none');
  } catch (error) {
    throw new BootflakeError({
      code: 'debian/bad-key',
      message: `${url} is no file of public keys: ${shortened(error instanceof Error ? error.message : String(error))}`,
      hint: "Set keyUrl to the file that the repository's instructions put into /usr/share/keyrings or /etc/apt/keyrings.",
      cause: error,
    });
  }
  const found = keys.filter((key) => fingerprints.includes(fingerprint(key)));
  if (found.length > 0) return found;
  throw new BootflakeError({
    code: 'debian/wrong-key',
    message:
      `${url} has no key with the fingerprint ${fingerprints.join(' or ')}; it has ` + shortened(keys.map(fingerprint).join(', '), 400),
    hint: 'Compare with the fingerprint that the repository publishes: either its key is new, or somebody else put another one there.',
  });
}

const MOST_BLOCKS = 64;

/** A file may have several armored blocks, one after the other. */
async function readAll(bytes: Uint8Array): Promise<Key[]> {
  const { readKeys } = await import('openpgp');
  const [before = '', ...blocks] = Buffer.from(bytes)
    .toString('latin1')
    .split(/^-----BEGIN PGP PUBLIC KEY BLOCK-----/m);
  if (blocks.length === 0) return readKeys({ binaryKeys: bytes });
  if (blocks.length > MOST_BLOCKS) throw new Error(`it has ${blocks.length} blocks`);
  if (before.includes('\0')) throw new Error('it is neither armored nor binary');
  const read = await Promise.all(blocks.map((block) => readKeys({ armoredKeys: `-----BEGIN PGP PUBLIC KEY BLOCK-----${block}` })));
  return read.flat();
}

function fingerprint(key: Key): string {
  return key.getFingerprint().toUpperCase();
}
