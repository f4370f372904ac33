import { BadUrl, flakeError } from '../../base/flake-error.ts';
import {
  addressFault,
  checkRepositorySchema,
  isFlat,
  isWebAddress,
  parseIndexes,
  plainFingerprints,
  REPOSITORY_TYPE,
} from '../../debian/repository/repository-lock.ts';
import { parseUrl, printUrl, splitScheme } from '../url.ts';
import { numberParameter, urlAttr, type InputAttrs, type InputScheme } from './scheme.ts';

/** What the user writes beside the address of the repository. */
const given = ['suite', 'components', 'key', 'keyUrl'];
const texts = [...given, 'indexes', 'narHash'];
const numbers = ['schema', 'lastModified', 'validUntil'];
const EXAMPLE = 'apt+https://HOST/PATH?suite=SUITE&components=main&key=FINGERPRINT&keyUrl=https://HOST/KEY';

/** `apt+https://HOST/PATH?suite=...`: an apt repository that is signed by a key of its own. `url` has no `apt+` and no parameters. */
export const aptScheme: InputScheme = {
  type: REPOSITORY_TYPE,
  attributes: {
    url: 'string',
    ...Object.fromEntries(texts.map((name) => [name, 'string' as const])),
    ...Object.fromEntries(numbers.map((name) => [name, 'integer' as const])),
  },
  fromUrl(url) {
    const { application, transport } = splitScheme(url.scheme);
    if (application !== 'apt') return undefined;
    const attrs: InputAttrs = { type: REPOSITORY_TYPE };
    for (const [name, value] of url.query) {
      if (texts.includes(name)) attrs[name] = value;
      else if (numbers.includes(name)) attrs[name] = numberParameter(url, name) ?? value;
      else throw new BadUrl(`URL '${printUrl(url)}' contains unknown parameter '${name}'`, EXAMPLE);
    }
    return { ...attrs, url: printUrl({ ...url, scheme: transport, query: new Map() }) };
  },
  checkVersion: (attrs) => checkRepositorySchema(attrs.schema),
  fromAttrs(attrs) {
    const suite = needed(attrs, 'suite');
    const address = {
      url: urlAttr(attrs).replace(/\/+$/, ''),
      suite,
      components: String(attrs.components ?? (isFlat(suite) ? '' : 'main')),
      key: plainFingerprints(needed(attrs, 'key')),
    };
    const fault = addressFault(address);
    if (fault) throw badAttribute(fault.name, String(attrs[fault.name] ?? ''), fault.wanted);
    const { indexes, keyUrl } = attrs;
    if (indexes !== undefined && !parseIndexes(String(indexes)))
      throw badAttribute('indexes', String(indexes), 'such as "main/amd64=HASH", with SHA-256 in base 16');
    if (keyUrl === undefined && indexes === undefined) needed(attrs, 'keyUrl');
    if (keyUrl !== undefined && !isWebAddress(String(keyUrl)))
      throw badAttribute('keyUrl', String(keyUrl), 'the http or https address of the file with the key');
    return { ...attrs, ...address };
  },
  toUrl(attrs) {
    const url = parseUrl(String(attrs.url));
    url.scheme = `apt+${url.scheme}`;
    for (const name of texts) if (typeof attrs[name] === 'string' && attrs[name] !== '') url.query.set(name, attrs[name]);
    for (const name of numbers) if (attrs[name] !== undefined) url.query.set(name, String(attrs[name]));
    return url;
  },
  isLocked: (attrs) => typeof attrs.indexes === 'string' && attrs.narHash !== undefined,
};

function needed(attrs: InputAttrs, name: string): string {
  const value = attrs[name];
  if (typeof value === 'string') return value;
  throw flakeError('missing-attribute', `input attribute '${name}' of an apt repository is missing`, `Write ${EXAMPLE}`);
}

function badAttribute(name: string, value: string, wanted: string): Error {
  return flakeError('bad-attribute', `input attribute '${name}' of an apt repository is ${JSON.stringify(value)}; it should be ${wanted}`);
}
