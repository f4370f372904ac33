import { BootflakeError } from '../base/errors.ts';

const units: Record<string, number> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** `20G`, `512M`, `1.5G` in bytes; a bare number counts in `bareUnit`. Throws `vm/bad-size`. */
export function parseSize(text: string, bareUnit: 'K' | 'M' | 'G' | 'T' | '' = ''): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text.trim());
  const bytes = match ? Math.round(Number(match[1]) * units[(match[2] || bareUnit).toUpperCase()]!) : 0;
  if (bytes > 0) return bytes;
  throw new BootflakeError({
    code: 'vm/bad-size',
    message: `'${text}' is no size`,
    hint: 'Write a number with K, M, G or T after it: 512M, 20G.',
  });
}
