import type { Random } from '../random.ts';

export const formatNames = ['archives', 'tar', 'deb', 'nar', 'index', 'lock', 'narinfo', 'substitute'] as const;
export type FormatName = (typeof formatNames)[number];

/** Makes a sample of a format, and most often damages it. The same choices make the same bytes. */
export type Maker = (random: Random) => Uint8Array | Promise<Uint8Array>;

/**
 * Gives bytes to the product as it would read them. `folder` does not exist and is the only place that may be written to. Throws the
 * product's own errors for what it refuses.
 */
export type Reader = (bytes: Uint8Array, folder: string) => void | Promise<void>;

/** A folder that no reader may change, and where absolute and climbing names lead. */
export const forbiddenFolder = '/tmp/bootflake-fuzz-forbidden';
