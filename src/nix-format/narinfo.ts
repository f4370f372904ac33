/**
 * The .narinfo files of binary caches: one `Name: value` a line, as Nix reads and writes them (libstore/nar-info.cc). Lines that are not
 * known are kept and printed again at the end.
 */
import { BootflakeError } from '../base/errors.ts';
import { shownName } from '../tree/file-name.ts';
import { parseContentAddress } from './content-address.ts';
import { formatHash, parseHash, type Hash } from './hash.ts';
import { parseStorePath, STORE_DIR } from './store-path.ts';

export interface NarInfo {
  /** An absolute store path; so are the references and the deriver. */
  storePath: string;
  /** Where the archive is, relative to the cache. Not checked. */
  url: string;
  /** As it is written: `xz`, `zstd`, `br`, ... */
  compression: string;
  /** Of the compressed archive. */
  fileHash?: Hash;
  fileSize?: number;
  /** Always SHA-256. */
  narHash: Hash;
  narSize: number;
  /** Sorted, without duplicates. */
  references: string[];
  deriver?: string;
  /** `KEY:BASE64`, sorted, without duplicates. */
  signatures: string[];
  ca?: string;
  /** Lines that are not known, as they are. */
  unknown: string[];
}

/** The maximum length of a file in bytes. Ten thousand references take 600 KB. */
export const MOST_NARINFO = 2 << 20;
const MOST_REFERENCES = 50_000;
const MOST_SIGNATURES = 256;
/** The compression of a file that names none. */
const DEFAULT_COMPRESSION = 'bzip2';
const UNKNOWN_DERIVER = 'unknown-deriver';

/** Parses the text of a file that was found at `whence`, which is for messages. Throws `nix-format/bad-narinfo`. */
export function parseNarInfo(text: string, whence: string): NarInfo {
  const draft = new Draft(whence);
  if (text.length > MOST_NARINFO) throw draft.corrupt(`it has more than ${MOST_NARINFO} bytes`);
  for (let at = 0; at < text.length; ) {
    const colon = text.indexOf(':', at);
    if (colon < 0) throw draft.corrupt("a line has no ':'");
    const end = text.indexOf('\n', colon + 2);
    if (end < 0) throw draft.corrupt('its last line has no end');
    draft.line(text.slice(at, colon), text.slice(colon + 2, end), text.slice(at, end));
    at = end + 1;
  }
  return draft.finished();
}

class Draft {
  private readonly info: Partial<NarInfo> = {};
  private readonly references = new Set<string>();
  private readonly signatures = new Set<string>();
  private readonly unknown: string[] = [];

  constructor(private readonly whence: string) {}

  line(name: string, value: string, whole: string): void {
    const { info } = this;
    switch (name) {
      case 'StorePath':
        info.storePath = this.path(value);
        break;
      case 'URL':
        info.url = value;
        break;
      case 'Compression':
        info.compression = value;
        break;
      case 'FileHash':
        info.fileHash = this.hash(value);
        break;
      case 'FileSize':
        info.fileSize = this.size(name, value);
        break;
      case 'NarHash':
        info.narHash = this.hash(value);
        break;
      case 'NarSize':
        info.narSize = this.size(name, value);
        break;
      case 'References':
        this.addReferences(value);
        break;
      case 'Deriver':
        if (value !== UNKNOWN_DERIVER) info.deriver = this.path(`${STORE_DIR}/${value}`);
        break;
      case 'Sig':
        this.signatures.add(value);
        if (this.signatures.size > MOST_SIGNATURES) throw this.corrupt(`it has more than ${MOST_SIGNATURES} signatures`);
        break;
      case 'CA':
        if (info.ca !== undefined) throw this.corrupt('it has two content addresses');
        if (!parseContentAddress(value)) throw this.corrupt(`${shownName(value)} is not a content address`);
        info.ca = value;
        break;
      default:
        this.unknown.push(whole);
    }
  }

  finished(): NarInfo {
    const { storePath, url, narHash, narSize, compression, ...rest } = this.info;
    const missing = !storePath ? 'StorePath' : !narHash ? 'NarHash' : !url ? 'URL' : !narSize ? 'NarSize' : undefined;
    if (missing !== undefined) throw this.corrupt(`it has no ${missing}`);
    if (narHash!.algorithm !== 'sha256') throw this.corrupt(`its NarHash is a ${narHash!.algorithm}, not a sha256`);
    return {
      storePath: storePath!,
      url: url!,
      compression: compression || DEFAULT_COMPRESSION,
      narHash: narHash!,
      narSize: narSize!,
      ...rest,
      references: [...this.references].sort(),
      signatures: [...this.signatures].sort(),
      unknown: this.unknown,
    };
  }

  corrupt(why: string): BootflakeError {
    return new BootflakeError({
      code: 'nix-format/bad-narinfo',
      message: `the NAR info file '${this.whence}' is corrupt: ${why}`,
    });
  }

  private addReferences(value: string): void {
    if (this.references.size > 0) throw this.corrupt('it has two lists of references');
    const names = value.split(' ').filter((name) => name !== '');
    if (names.length > MOST_REFERENCES) throw this.corrupt(`it has more than ${MOST_REFERENCES} references`);
    for (const name of names) this.references.add(this.path(`${STORE_DIR}/${name}`));
  }

  private path(text: string): string {
    if (!parseStorePath(text)) throw this.corrupt(`${shownName(text)} is not a store path`);
    return text;
  }

  private hash(text: string): Hash {
    try {
      return parseHash(text);
    } catch {
      throw this.corrupt(`${shownName(text)} is not a hash`);
    }
  }

  private size(name: string, text: string): number {
    const size = Number(text);
    if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(size)) throw this.corrupt(`its ${name} is ${shownName(text)}`);
    return size;
  }
}

/** Prints a file as Nix does, then the unknown lines. */
export function printNarInfo(info: NarInfo): string {
  const base = (path: string): string => path.slice(STORE_DIR.length + 1);
  const lines = [`StorePath: ${info.storePath}`, `URL: ${info.url}`, `Compression: ${info.compression}`];
  if (info.fileHash) lines.push(`FileHash: ${formatHash(info.fileHash, 'nix32', true)}`);
  if (info.fileSize !== undefined) lines.push(`FileSize: ${info.fileSize}`);
  lines.push(`NarHash: ${formatHash(info.narHash, 'nix32', true)}`, `NarSize: ${info.narSize}`);
  lines.push(`References: ${info.references.map(base).join(' ')}`);
  if (info.deriver !== undefined) lines.push(`Deriver: ${base(info.deriver)}`);
  for (const signature of info.signatures) lines.push(`Sig: ${signature}`);
  if (info.ca !== undefined) lines.push(`CA: ${info.ca}`);
  return [...lines, ...info.unknown].map((line) => `${line}\n`).join('');
}
