import { BootflakeError } from '../../base/errors.ts';
import { digestHex, formatHash, hashAlgorithm, parseHash, type HashAlgorithm, type HashFormat } from '../../nix-format/hash.ts';
import { evalError } from '../error.ts';
import { forceAttrs, forceString, forceStringNoContext, requireAttr } from '../expect.ts';
import { encodeBytes } from '../../lang/bytes.ts';
import type { Pos } from '../../lang/position.ts';
import type { BuiltinDef, Value } from '../value.ts';
import { realisePath } from './realise.ts';

function forceAlgorithm(v: Value, pos: Pos, what: string): HashAlgorithm {
  const name = forceStringNoContext(v, pos, what);
  const algorithm = hashAlgorithm(name);
  if (algorithm) return algorithm;
  throw evalError('eval/unknown-hash-algorithm', `unknown hash algorithm '${name}', expect 'md5', 'sha1', 'sha256', or 'sha512'`, pos);
}

const FORMATS: Record<string, HashFormat> = { base16: 'base16', nix32: 'nix32', base32: 'nix32', base64: 'base64', sri: 'sri' };

function convertHash(v: Value, pos: Pos): string {
  const attrs = forceAttrs(v, pos, 'the first argument passed to builtins.convertHash');
  const text = forceStringNoContext(requireAttr(attrs, 'hash', pos, 'the argument of builtins.convertHash'), pos, "the attribute 'hash'");
  const algorithmValue = attrs.get('hashAlgo');
  const algorithm = algorithmValue === undefined ? undefined : forceAlgorithm(algorithmValue, pos, "the attribute 'hashAlgo'");
  const formatName = forceStringNoContext(
    requireAttr(attrs, 'toHashFormat', pos, 'the argument of builtins.convertHash'),
    pos,
    "the attribute 'toHashFormat'",
  );
  const format = Object.hasOwn(FORMATS, formatName) ? FORMATS[formatName] : undefined;
  if (!format)
    throw evalError('eval/unknown-hash-format', `unknown hash format '${formatName}', expect 'base16', 'base32', 'base64', or 'sri'`, pos);
  return formatHash(parseHashAt(text, algorithm, pos), format);
}

/** As `parseHash`, with the error placed at `pos`. */
export function parseHashAt(text: string, algorithm: HashAlgorithm | undefined, pos: Pos): ReturnType<typeof parseHash> {
  try {
    return parseHash(text, algorithm);
  } catch (error) {
    if (error instanceof BootflakeError) throw evalError('eval/bad-hash', encodeBytes(error.message), pos);
    throw error;
  }
}

export const hashBuiltins: BuiltinDef[] = [
  {
    name: 'hashString',
    args: ['type', 's'],
    doc: 'The hash of the string *s* in base 16; *type* is `"md5"`, `"sha1"`, `"sha256"` or `"sha512"`.',
    run(_ev, pos, type, s) {
      const algorithm = forceAlgorithm(type!, pos, 'the first argument passed to builtins.hashString');
      return digestHex(algorithm, forceString(s!, pos, 'the second argument passed to builtins.hashString'));
    },
  },
  {
    name: 'hashFile',
    args: ['type', 'p'],
    doc: 'The hash of the contents of the file *p* in base 16; *type* as for `hashString`.',
    run(ev, pos, type, p) {
      const algorithm = forceAlgorithm(type!, pos, 'the first argument passed to builtins.hashFile');
      return digestHex(algorithm, ev.host.readFile(realisePath(ev, p!, pos, 'the second argument passed to builtins.hashFile')));
    },
  },
  {
    name: 'convertHash',
    args: ['args'],
    doc:
      'Writes a hash in another notation: `{ hash; toHashFormat; hashAlgo ? }`; *toHashFormat* is `"base16"`, `"nix32"`, `"base64"` or ' +
      '`"sri"`; *hashAlgo* is needed when the hash does not say it.',
    run: (_ev, pos, v) => convertHash(v!, pos),
  },
];
