import { BootflakeError } from '../base/errors.ts';

const units: Record<string, number> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** A disk's size in bytes, rounded up to its sectors of 512 bytes. */
export function wholeSectors(bytes: number): number {
  return Math.ceil(bytes / 512) * 512;
}

/** Parses `20G`, `512M` or `1.5G` to bytes; a bare number is in `bareUnit`. Throws `vm/bad-size`. */
export function parseSize(text: string, bareUnit: 'K' | 'M' | 'G' | 'T' | '' = ''): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text.trim());
  const bytes = match ? Math.round(Number(match[1]) * units[(match[2] || bareUnit).toUpperCase()]!) : 0;
  if (bytes > 0) return bytes;
  throw new BootflakeError({
    code: 'vm/bad-size',
    message: `'${text}' is not a size`,
    hint: 'Use a number followed by K, M, G or T: 512M, 20G.',
  });
}
