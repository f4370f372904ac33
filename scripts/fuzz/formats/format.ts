import type { Random } from '../random.ts';

export const formatNames = ['archives', 'tar', 'deb', 'nar', 'index', 'lock', 'narinfo', 'substitute', 'daemon', 'disk'] as const;
export type FormatName = (typeof formatNames)[number];

/** Makes a sample of a format and usually damages it. The same choices make the same bytes. */
export type Maker = (random: Random) => Uint8Array | Promise<Uint8Array>;

/**
 * Gives bytes to the product the way it would read them. `folder` does not exist and is the only place that may be written to. Throws the
 * product's own errors for input that it refuses.
 */
export type Reader = (bytes: Uint8Array, folder: string) => void | Promise<void>;

/** A folder that no reader may change; absolute names and names with `..` lead there. */
export const forbiddenFolder = '/tmp/bootflake-fuzz-forbidden';
