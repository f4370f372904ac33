/**
 * Folders of this machine in a guest, by virtiofs: for each a virtiofsd, which talks to qemu over a socket, and sees the guest's memory. It
 * has the rights of the user who runs it: what the guest's root writes belongs to that user.
 */
import { isAbsolute, resolve } from 'node:path';
import * as v from 'valibot';
import { BootflakeError } from '../base/errors.ts';
import { fileFacts } from '../system/file-operations.ts';

/** The fields of a line of fstab: nothing that a line would need an escape for. */
const target = v.pipe(v.string(), v.regex(/^\/[^\s\\#\p{Cc}]*$/u, 'a mount point is an absolute path without spaces'));

export const shareSchema = v.object({
  /** By which the guest finds it; at most 36 bytes. */
  tag: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]{1,36}$/, 'a name has at most 36 letters, digits and _.-')),
  source: v.pipe(
    v.string(),
    v.check((path) => isAbsolute(path) && !path.includes('\0'), 'the folder has no absolute path'),
  ),
  target,
  readOnly: v.boolean(),
  /** Not in the configuration: the guest finds it in what its firmware has for it. */
  announced: v.optional(v.boolean()),
});

export type Share = v.InferOutput<typeof shareSchema>;

/** `SOURCE:TARGET` or `SOURCE:TARGET:ro`. Throws `vm/bad-share`. */
export function parseShare(text: string, cwd: string): Omit<Share, 'tag'> {
  const match = /^(.+?):(\/[^:]*)(?::(ro|rw))?$/s.exec(text);
  if (!match || !v.safeParse(target, match[2]).success)
    throw new BootflakeError({
      code: 'vm/bad-share',
      message: `'${text}' does not name a folder and where the guest has it`,
      hint: 'Use FOLDER:MOUNTPOINT, such as ./src:/mnt/src, or ./src:/mnt/src:ro. Mount points have no spaces.',
    });
  return { source: resolve(cwd, match[1]!), target: match[2]!, readOnly: match[3] === 'ro' };
}

/** The configuration's and the user's own; one with the same mount point takes the place of the configuration's. */
export function allShares(described: readonly Share[], own: readonly Omit<Share, 'tag'>[]): Share[] {
  const used = new Set(described.map(({ tag }) => tag));
  const kept = described.map((share) => {
    const instead = own.find((each) => each.target === share.target);
    return instead ? { ...share, ...instead } : share;
  });
  let next = 0;
  const added = own
    .filter((share) => !described.some((each) => each.target === share.target))
    .map((share) => {
      while (used.has(`share${next}`)) next += 1;
      used.add(`share${next}`);
      return { tag: `share${next}`, ...share, announced: true };
    });
  return [...kept, ...added];
}

/** Throws `vm/no-folder`. */
export function checkShares(shares: readonly Share[]): void {
  for (const { source } of shares)
    if (fileFacts(source)?.type !== 'directory')
      throw new BootflakeError({
        code: 'vm/no-folder',
        message: `'${source}' cannot be shared with the machine: there is no such folder`,
        hint: 'Make it, or name another one.',
      });
}

/** Lines for the guest's /etc/fstab, of what its configuration does not mount. */
export function announcedMounts(shares: readonly Share[]): string {
  return shares
    .filter(({ announced }) => announced)
    .map(({ tag, target: at, readOnly }) => `${tag} ${at} virtiofs nofail,X-mount.mkdir${readOnly ? ',ro' : ''} 0 0\n`)
    .join('');
}
