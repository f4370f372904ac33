/** The file `nix-cache-info` of a binary cache. */
import { STORE_DIR } from './store-path.ts';

export interface NixCacheInfo {
  storeDir: string;
  /** Whether asking for many paths at once is cheap. */
  wantMassQuery?: boolean;
  /** The lowest is asked first. */
  priority?: number;
}

/** The maximum length of a file in bytes. */
export const MOST_CACHE_INFO = 64 << 10;

/** Parses a file. Unknown lines are ignored, and so are lines without a colon, as in Nix. */
export function parseNixCacheInfo(text: string): NixCacheInfo {
  const info: NixCacheInfo = { storeDir: STORE_DIR };
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const value = line.slice(colon + 1).trim();
    switch (line.slice(0, colon)) {
      case 'StoreDir':
        info.storeDir = value;
        break;
      case 'WantMassQuery':
        info.wantMassQuery = value === '1';
        break;
      case 'Priority':
        if (/^-?[0-9]{1,9}$/.test(value)) info.priority = Number(value);
        break;
      default:
    }
  }
  return info;
}

/** Prints a file. Nix itself writes only the first line. */
export function printNixCacheInfo({ storeDir, wantMassQuery, priority }: NixCacheInfo): string {
  const lines = [`StoreDir: ${storeDir}`];
  if (wantMassQuery !== undefined) lines.push(`WantMassQuery: ${wantMassQuery ? 1 : 0}`);
  if (priority !== undefined) lines.push(`Priority: ${priority}`);
  return lines.map((line) => `${line}\n`).join('');
}
