import { BadUrl, flakeError } from '../../base/flake-error.ts';
import { printUrl } from '../url.ts';
import { indexPins, PARTS } from '../../debian/components.ts';
import { checkLockSchema } from '../../debian/lock.ts';
import { nonEmptySegments, numberParameter, type InputAttrs, type InputScheme } from './scheme.ts';

/** Hashes (hex SHA-256) of package indexes. */
const hashes = [...PARTS, ...indexPins];
/** The attributes that a lock pins, besides the suite. */
const pins = ['schema', ...hashes, 'releaseDate', 'updatesDate', 'securityDate', 'lastModified', 'narHash'];

const isNumber = (pin: string): boolean => pin === 'schema' || pin === 'lastModified' || pin.endsWith('Date');

/** `debian:SUITE`: the distribution that comes with bootflake, over the packages of that suite of Debian's archive. */
export const debianScheme: InputScheme = {
  type: 'debian',
  attributes: { suite: 'string', ...Object.fromEntries(pins.map((name) => [name, isNumber(name) ? 'integer' : 'string'])) },
  fromUrl(url) {
    if (url.scheme !== 'debian') return undefined;
    const [suite, ...more] = nonEmptySegments(url.path);
    if (suite === undefined || more.length) throw new BadUrl(`URL '${printUrl(url)}' is invalid`, 'debian:SUITE, such as debian:trixie');
    const attrs: InputAttrs = { type: 'debian', suite };
    for (const [name, value] of url.query) {
      if (!pins.includes(name)) throw new BadUrl(`URL '${printUrl(url)}' contains unknown parameter '${name}'`);
      attrs[name] = isNumber(name) ? (numberParameter(url, name) ?? value) : value;
    }
    return attrs;
  },
  checkVersion: (attrs) => checkLockSchema(attrs.schema),
  fromAttrs(attrs) {
    if (typeof attrs.suite !== 'string') throw flakeError('missing-attribute', "input attribute 'suite' is missing");
    for (const name of hashes) {
      if (typeof attrs[name] === 'string' && !/^[0-9a-f]{64}$/.test(attrs[name]))
        throw flakeError('bad-attribute', `input attribute '${name}' is no SHA-256 in hexadecimal digits: '${attrs[name]}'`);
    }
    return attrs;
  },
  toUrl(attrs) {
    const query = new Map<string, string>();
    for (const name of [...PARTS, 'narHash']) if (typeof attrs[name] === 'string') query.set(name, attrs[name]);
    return { scheme: 'debian', path: [String(attrs.suite)], query, fragment: '' };
  },
  isLocked: (attrs) => typeof attrs.release === 'string' && attrs.narHash !== undefined,
};
