/** The facts about a store path in the worker protocol. All of them are foreign. */
import { parseContentAddress } from '../nix-format/content-address.ts';
import { hexEncode, parseHash, type Hash } from '../nix-format/hash.ts';
import { parseStorePath } from '../nix-format/store-path.ts';
import type { WireMessage } from './wire/encode.ts';
import type { WireReader } from './wire/reader.ts';

export interface RemotePathInfo {
  path: string;
  deriver: string | undefined;
  /** SHA-256. */
  narHash: Hash;
  narSize: number;
  /** Sorted, without duplicates; may include the path itself. */
  references: string[];
  /** `KEY:BASE64`, sorted. */
  signatures: string[];
  /** Built by that daemon itself. */
  ultimate: boolean;
  ca: string | undefined;
}

const MOST_REFERENCES = 50_000;
const MOST_SIGNATURES = 256;
/** Paths of one list. */
const MOST_PATHS = 4 << 20;

/** Reads all facts but the path. Throws `daemon/protocol`. */
export async function readPathInfo(reader: WireReader, path: string): Promise<RemotePathInfo> {
  const deriver = await reader.text('a deriver');
  if (deriver !== '') storePath(reader, deriver, 'a deriver');
  const narHash = await readHash(reader);
  const references = await readPaths(reader, 'references', MOST_REFERENCES);
  await reader.skipNumber();
  const narSize = await reader.number('the size of an archive');
  const ultimate = await reader.flag('whether it built the path itself');
  const signatures = await reader.list('signatures', MOST_SIGNATURES, () => reader.text('a signature'));
  const ca = await reader.text('a content address');
  if (ca !== '' && parseContentAddress(ca) === undefined) throw reader.fault(`the content address of '${path}' is none`);
  return {
    path,
    deriver: deriver === '' ? undefined : deriver,
    narHash,
    narSize,
    references,
    signatures: [...new Set(signatures)].sort(),
    ultimate,
    ca: ca === '' ? undefined : ca,
  };
}

/** Writes the path and its facts. That the sender built it itself is never claimed. */
export function writePathInfo(message: WireMessage, info: Omit<RemotePathInfo, 'ultimate'>): void {
  message
    .text(info.path)
    .text(info.deriver ?? '')
    .text(hexEncode(info.narHash.bytes))
    .texts(info.references)
    .number(0)
    .number(info.narSize)
    .flag(false)
    .texts(info.signatures)
    .text(info.ca ?? '');
}

/** Reads a set of store paths, sorted. Throws `daemon/protocol`. */
export async function readPaths(reader: WireReader, what: string, most = MOST_PATHS): Promise<string[]> {
  const paths = await reader.list(what, most, async () => storePath(reader, await reader.text('a path'), what));
  return [...new Set(paths)].sort();
}

async function readHash(reader: WireReader): Promise<Hash> {
  const text = await reader.text('a hash');
  try {
    return parseHash(text, 'sha256');
  } catch {
    throw reader.fault('the hash of an archive is none');
  }
}

function storePath(reader: WireReader, text: string, what: string): string {
  if (parseStorePath(text) === undefined) throw reader.fault(`among ${what} is something that is no path of /nix/store`);
  return text;
}
