/**
 * InRelease files: one clear-signed stanza that names every index of a suite with its hash (RFC 9580 section 7; Debian wiki,
 * RepositoryFormat).
 */
import type { CleartextMessage, Key } from 'openpgp';
import { BootflakeError } from '../base/errors.ts';
import { shortened } from '../base/shortened.ts';
import { archiveKeys } from './archive-keys.ts';
import { parseStanza } from './control.ts';
import type { IndexSizes } from './index-sizes.ts';

/** Seconds by which clocks may differ. */
const CLOCK_TOLERANCE = 3600;

/** The largest Release that is read; Debian's has 200 KB. */
export const MAX_RELEASE_BYTES = 4 << 20;

/** Who has to have signed a Release, and what to do when it is wrong or old. */
export interface Signer {
  /** For messages: `Debian`, or a key's fingerprint. */
  name: string;
  /** Armored or parsed public keys. */
  keys: readonly (string | Key)[];
  hints: Record<'signature' | 'expired' | 'older', string>;
}

const ANOTHER_MIRROR = 'Choose another mirror with --mirror URL';

/** Debian itself, by its own keys or those of a test. */
export function debianSigner(keys: readonly string[] = archiveKeys.map((key) => key.armored)): Signer {
  return {
    name: 'Debian',
    keys,
    hints: {
      signature: `${ANOTHER_MIRROR} or BOOTFLAKE_MIRROR: this one is broken, or the connection is tampered with`,
      expired:
        `${ANOTHER_MIRROR}, or accept this state with --accept-expired (BOOTFLAKE_ACCEPT_EXPIRED=1): ` +
        "the mirror lags behind, or this machine's clock is ahead.",
      older:
        `${ANOTHER_MIRROR}, or go back with --accept-older (BOOTFLAKE_ACCEPT_OLDER=1): ` + 'the mirror lags behind, or withholds updates.',
    },
  };
}

export interface ReleaseFile {
  origin: string;
  suite: string;
  codename: string;
  version: string;
  architectures: string[];
  /** Seconds since 1970. */
  date: number;
  validUntil: number | undefined;
  /** Index path to its SHA-256 (base 16) and size in bytes. */
  indexes: Map<string, { sha256: string; size: number }>;
}

/**
 * Returns the text signed by at least one of the signer's keys. Signatures by other keys are ignored, as Debian signs with several. `now`
 * is in seconds since 1970. Throws `debian/bad-signature`, or `debian/release-in-future` for a good signature that is later than this
 * machine's clock.
 */
export async function verifyRelease(inRelease: string, url: string, now: number, signer: Signer): Promise<string> {
  const failure = (why: string, cause?: unknown) =>
    new BootflakeError({
      code: 'debian/bad-signature',
      message: `${url} is not signed by ${signer.name}: ${why}`,
      cause,
      hint: `${signer.hints.signature} (this machine's clock says ${utc(now)}).`,
    });
  if (!inRelease.trimStart().startsWith('-----BEGIN PGP SIGNED MESSAGE-----')) {
    throw failure(`it is no signed file, it begins with ${JSON.stringify(inRelease.slice(0, 60))}`);
  }
  const { readCleartextMessage, readKey } = await import('openpgp');
  const message = await readCleartextMessage({ cleartextMessage: inRelease }).catch((error: unknown) => {
    throw failure(`its armor cannot be read (${reason(error)})`, error);
  });
  const verificationKeys = await Promise.all(signer.keys.map((key) => (typeof key === 'string' ? readKey({ armoredKey: key }) : key)));
  const found = await checkSignatures(message, verificationKeys, now);
  if (found.text !== undefined) return found.text;
  if (found.signedAt > now) {
    const later = await checkSignatures(message, verificationKeys, found.signedAt);
    if (later.text !== undefined && found.signedAt <= now + CLOCK_TOLERANCE) return later.text;
    if (later.text !== undefined) throw inFuture(url, `was signed at ${utc(found.signedAt)}`, found.signedAt, now);
  }
  throw failure(found.reasons.length === 0 ? 'it holds no signature' : found.reasons.join('; '));
}

interface Signatures {
  /** The signed text, if a signature by one of the keys is good. */
  text: string | undefined;
  /** The latest time of a signature, in seconds since 1970, whether or not it is good. */
  signedAt: number;
  /** The fault of each signature. */
  reasons: string[];
}

/** `at` is in seconds since 1970. */
async function checkSignatures(message: CleartextMessage, verificationKeys: Key[], at: number): Promise<Signatures> {
  const { verify } = await import('openpgp');
  const { data, signatures } = await verify({ message, verificationKeys, date: new Date(at * 1000) });
  const found: Signatures = { text: undefined, signedAt: 0, reasons: [] };
  for (const { keyID, verified, signature } of signatures) {
    for (const { created } of (await signature).packets)
      found.signedAt = Math.max(found.signedAt, Math.ceil((created?.getTime() ?? 0) / 1000));
    try {
      await verified;
      found.text ??= data as string;
    } catch (error) {
      found.reasons.push(`key ${keyID.toHex().toUpperCase()}: ${reason(error)}`);
    }
  }
  return found;
}

function inFuture(url: string, what: string, time: number, now: number): BootflakeError {
  return new BootflakeError({
    code: 'debian/release-in-future',
    message: `${url} ${what}, ${duration(time - now)} from now: this machine's clock is wrong, or the mirror's`,
    hint: `Set this machine's clock, which says ${utc(now)}.`,
  });
}

/** Parses the text of a Release file, whose signature was verified before. Throws `debian/bad-release`. */
export function parseRelease(text: string, url: string): ReleaseFile {
  const fields = parseStanza(text.replace(/\r\n/g, '\n'));
  const indexes = new Map<string, { sha256: string; size: number }>();
  for (const line of (fields.get('sha256') ?? '').split('\n')) {
    const [sha256, size, path] = line.trim().split(/\s+/);
    if (path && /^[0-9a-f]{64}$/.test(sha256!) && /^[0-9]{1,15}$/.test(size!)) indexes.set(path, { sha256: sha256!, size: Number(size) });
  }
  const date = parseDate(fields.get('date'));
  if (date === undefined || indexes.size === 0) {
    throw new BootflakeError({ code: 'debian/bad-release', message: `${url} lacks a Date or its SHA256 list` });
  }
  return {
    origin: fields.get('origin') ?? '',
    suite: fields.get('suite') ?? '',
    codename: fields.get('codename') ?? '',
    version: fields.get('version') ?? '',
    architectures: (fields.get('architectures') ?? '').split(/\s+/).filter(Boolean),
    date,
    validUntil: parseDate(fields.get('valid-until')),
    indexes,
  };
}

/**
 * The hash and sizes of the package index in a folder of a suite: .gz is decompressed by Node itself and thus the fastest; the small suites
 * have only .xz.
 */
export function packageIndexOf(release: ReleaseFile, folder: string): { sha256: string; sizes: IndexSizes } | undefined {
  const plain = `${folder}Packages`;
  const entry = release.indexes.get(`${plain}.gz`) ?? release.indexes.get(`${plain}.xz`);
  return entry && { sha256: entry.sha256, sizes: { packed: entry.size, unpacked: release.indexes.get(plain)?.size } };
}

export interface ReleaseExpectation {
  /** Seconds since 1970. */
  now: number;
  signer: Signer;
  /** Whether it may be past its Valid-Until. */
  acceptExpired: boolean;
  /** The Date of the previously locked Release: an older one comes from a mirror that lags, or that withholds fixes. */
  notBefore?: number | undefined;
}

/** Throws `debian/wrong-suite` unless it is the Release of Debian's `dist`. */
export function checkDebianSuite(release: ReleaseFile, url: string, dist: string): void {
  if (release.codename === dist && release.origin === 'Debian') return;
  throw new BootflakeError({
    code: 'debian/wrong-suite',
    message:
      `${url} is the Release of '${shortened(release.codename)}' (Origin ${shortened(release.origin) || 'unknown'}), ` +
      `'${dist}' of Debian was requested`,
    hint: 'Choose another mirror with --mirror URL or BOOTFLAKE_MIRROR: this one mixes up its suites.',
  });
}

/** Throws `debian/release-expired`, `debian/release-in-future` or `debian/release-older`. */
export function checkReleaseDates(release: ReleaseFile, url: string, expected: ReleaseExpectation): void {
  const { now, signer } = expected;
  if (release.date > now + CLOCK_TOLERANCE) {
    throw inFuture(url, `is dated ${utc(release.date)}`, release.date, now);
  }
  if (!expected.acceptExpired && release.validUntil !== undefined && release.validUntil < now) {
    throw new BootflakeError({
      code: 'debian/release-expired',
      message: `${url} expired ${duration(now - release.validUntil)} ago (Valid-Until ${utc(release.validUntil)}; now ${utc(now)})`,
      hint: signer.hints.expired,
    });
  }
  if (expected.notBefore !== undefined && release.date < expected.notBefore) {
    throw new BootflakeError({
      code: 'debian/release-older',
      message:
        `${url} is of ${utc(release.date)}, ${duration(expected.notBefore - release.date)} older than the one of ` +
        `${utc(expected.notBefore)} that is locked`,
      hint: signer.hints.older,
    });
  }
}

function parseDate(text: string | undefined): number | undefined {
  const milliseconds = text === undefined ? NaN : Date.parse(text.replace(/ UTC$/, ' GMT'));
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}

export function utc(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

function duration(seconds: number): string {
  const units: [number, string][] = [
    [86_400, 'day'],
    [3_600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ];
  const at = Math.max(
    0,
    units.findIndex(([length]) => seconds >= length),
  );
  const parts = units.slice(at, at + 2).map(([length, name], i) => {
    const count = Math.floor(i === 0 ? seconds / length : (seconds % units[at]![0]) / length);
    return count === 0 && i > 0 ? '' : `${count} ${name}${count === 1 ? '' : 's'}`;
  });
  return parts.filter(Boolean).join(' ');
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^Error (?:encrypting|verifying) message: /, '') : String(error);
}
