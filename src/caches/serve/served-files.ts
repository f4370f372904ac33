/**
 * The files of a binary cache, made from the store when they are asked for: `nix-cache-info`, `HASH.narinfo`, `HASH.ls`,
 * `nar/HASH-NARHASH.nar` and `log/NAME.drv`. A name leads to a path only by its hash; no other name has a file.
 */
import { formatHash, parseHash } from '../../nix-format/hash.ts';
import { printNixCacheInfo } from '../../nix-format/nix-cache-info.ts';
import { printNarInfo, type NarInfo } from '../../nix-format/narinfo.ts';
import { fingerprint, signText, type SecretKey } from '../../nix-format/signature.ts';
import { parseStorePath, STORE_DIR } from '../../nix-format/store-path.ts';
import type { LocalStore } from '../../store/local-store.ts';
import { narPieces } from '../../store/nar-pieces.ts';
import type { ValidPathInfo } from '../../store/store.ts';
import { fileExists, fileFacts } from '../../system/file-operations.ts';
import { filePieces } from '../../system/file-pieces.ts';
import { treeListing } from '../push/nar-listing.ts';

/** A file to send. */
export interface ServedFile {
  type: string;
  size: number;
  /** Read as they are sent; they may turn out to be fewer or more than `size`, if the path is damaged. */
  pieces(): Iterable<Uint8Array>;
}

export interface ServedOptions {
  /** Keys that sign each path, besides the signatures that it has. */
  secretKeys: readonly SecretKey[];
  /** Of this cache among others; the lowest is asked first. */
  priority: number;
  /** Where the log of a derivation is, if there is one. */
  logFile(drvPath: string): string;
}

const HASH = '[0-9a-df-np-sv-z]{32}';
const NAR_NAME = new RegExp(`^nar/(${HASH})-([0-9a-df-np-sv-z]{52})\\.nar$`);
const FACTS_NAME = new RegExp(`^(${HASH})\\.(narinfo|ls)$`);
const LOG_NAME = new RegExp(`^log/(${HASH}-[0-9A-Za-z+._?=-]+\\.drv)$`);

export class ServedFiles {
  constructor(
    private readonly store: LocalStore,
    private readonly options: ServedOptions,
  ) {}

  /** Returns the file of a name, without its first slash; undefined when there is none. */
  find(name: string): ServedFile | undefined {
    if (name === 'nix-cache-info') {
      const { priority } = this.options;
      return inMemory('text/x-nix-cache-info', printNixCacheInfo({ storeDir: STORE_DIR, wantMassQuery: true, priority }));
    }
    const [, logged] = LOG_NAME.exec(name) ?? [];
    if (logged !== undefined) return this.log(`${STORE_DIR}/${logged}`);
    const [, hash, kind] = FACTS_NAME.exec(name) ?? [];
    const info = hash === undefined ? undefined : this.valid(hash);
    if (info && kind === 'narinfo') return inMemory('text/x-nix-narinfo', printNarInfo(this.narInfo(info)));
    if (info) return inMemory('application/json', treeListing(this.store.realPath(info.path)));
    const [, archived, narHash] = NAR_NAME.exec(name) ?? [];
    return archived === undefined ? undefined : this.archive(archived, narHash!);
  }

  /** Not protected from the garbage collector: a client that asks for all paths would keep them as long as this process runs. */
  private valid(hash: string): ValidPathInfo | undefined {
    const info = this.store.records.byHash(hash);
    return info && fileExists(this.store.realPath(info.path)) ? info : undefined;
  }

  private narInfo({ path, narHash: text, narSize, references, deriver, ca, signatures = [] }: ValidPathInfo): NarInfo {
    const narHash = parseHash(text);
    const info: NarInfo = {
      storePath: path,
      url: `nar/${parseStorePath(path)!.hash}-${formatHash(narHash, 'nix32')}.nar`,
      compression: 'none',
      fileHash: narHash,
      fileSize: narSize,
      narHash,
      narSize,
      references,
      ...(deriver !== undefined && { deriver }),
      signatures: [],
      ...(ca !== undefined && { ca }),
      unknown: [],
    };
    const signed = fingerprint(info);
    info.signatures = [...new Set([...signatures, ...this.options.secretKeys.map((key) => signText(key, signed))])].sort();
    return info;
  }

  /** The hash of the archive is in its name, so that a path that is made again otherwise is not mistaken for the one of the narinfo. */
  private archive(hash: string, narHash: string): ServedFile | undefined {
    const info = this.valid(hash);
    if (!info || formatHash(parseHash(info.narHash), 'nix32') !== narHash) return undefined;
    return { type: 'application/x-nix-nar', size: info.narSize, pieces: () => narPieces(this.store.realPath(info.path)) };
  }

  private log(drvPath: string): ServedFile | undefined {
    if (!parseStorePath(drvPath)) return undefined;
    const file = this.options.logFile(drvPath);
    const facts = fileFacts(file);
    if (facts?.type !== 'regular') return undefined;
    return { type: 'text/plain; charset=utf-8', size: facts.size, pieces: () => copied(filePieces(file, facts.size)) };
  }
}

/** What waits to be sent must not be overwritten. */
function* copied(pieces: Iterable<Buffer>): Generator<Buffer> {
  for (const piece of pieces) yield Buffer.from(piece);
}

function inMemory(type: string, text: string): ServedFile {
  const bytes = Buffer.from(text);
  return { type, size: bytes.length, pieces: () => [bytes] };
}
