/** Failed system calls (https://nodejs.org/api/errors.html#class-systemerror), as errors that a user can act on. */
import { BootflakeError } from './errors.ts';

/** The fields of a failed system call from which errors are made; they cross a thread's boundary besides the message. */
export interface SystemFacts {
  /** The name of the error number: `ENOSPC`. */
  code: string;
  syscall?: string;
  path?: string;
  dest?: string;
}

/** A folder of bootflake's files, which the user can move. */
export interface Place {
  /** An absolute path. */
  folder: string;
  /** The name in messages: "the store". */
  name: string;
  /** The first part of its error codes: `store/disk-full`. */
  domain: string;
  /** How to choose another folder: "Set BOOTFLAKE_ROOT to a folder that you can write to." */
  move: string;
  /** What may still be written there, in words, if known. */
  left?: () => string | undefined;
}

/** The facts of a failed system call; undefined for any other error. */
export function systemFacts(error: unknown): SystemFacts | undefined {
  const { code, syscall, path, dest } = (error ?? {}) as NodeJS.ErrnoException & { dest?: string };
  if (!(error instanceof Error) || error instanceof BootflakeError || typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code))
    return undefined;
  return { code, syscall, path: typeof path === 'string' ? path : undefined, dest: typeof dest === 'string' ? dest : undefined };
}

interface Meaning {
  /** The second part of the error's code. */
  code: string;
  text: string;
  hint?: string;
}

const MEANINGS: Record<string, Meaning> = {
  ENOSPC: { code: 'disk-full', text: 'no space is left', hint: 'Free some space.' },
  EDQUOT: { code: 'disk-full', text: 'the quota is reached', hint: 'Free some space, or have the quota raised.' },
  EFBIG: {
    code: 'file-too-large',
    text: 'the file is larger than the file system or a limit of the process allows',
    hint: 'Run: ulimit -f  to see the limit.',
  },
  EACCES: { code: 'not-permitted', text: 'permission denied' },
  EPERM: { code: 'not-permitted', text: 'operation not permitted' },
  EROFS: { code: 'read-only', text: 'its file system is read-only' },
  ENOENT: { code: 'no-such-file', text: 'no such file or directory' },
  ENOTDIR: { code: 'not-a-directory', text: 'a part of the path is not a directory' },
  EISDIR: { code: 'is-a-directory', text: 'it is a directory, where a file is expected' },
  EEXIST: { code: 'exists', text: 'something else is there already' },
  ENOTEMPTY: { code: 'exists', text: 'the directory is not empty' },
  ENAMETOOLONG: {
    code: 'name-too-long',
    text: 'the name is too long for this file system',
    hint: 'Use a shorter name: most file systems allow 255 bytes for a name and 4095 for a path.',
  },
  ELOOP: { code: 'link-loop', text: 'its symbolic links lead in a circle' },
  EMFILE: { code: 'too-many-files', text: 'this process has too many files open', hint: 'Raise the limit: ulimit -n 4096' },
  ENFILE: { code: 'too-many-files', text: 'this machine has too many files open' },
  EMLINK: { code: 'too-many-links', text: 'the file has as many links as its file system allows' },
  EXDEV: { code: 'other-file-system', text: 'the two paths are on different file systems' },
  EIO: {
    code: 'input-output',
    text: 'input/output error',
    hint: "Check the kernel's log (dmesg): the disk or the connection to it may be failing.",
  },
  ESTALE: { code: 'input-output', text: 'the network file system lost the file' },
  ETXTBSY: { code: 'busy', text: 'the program is running' },
  EBUSY: { code: 'busy', text: 'it is in use' },
  EAGAIN: { code: 'out-of-resources', text: 'the kernel has no resources left for this' },
  ENOMEM: { code: 'out-of-memory', text: 'no memory is left' },
  ENOTSUP: { code: 'not-supported', text: 'the file system does not support this' },
  EOPNOTSUPP: { code: 'not-supported', text: 'the file system does not support this' },
  ENOSYS: { code: 'not-supported', text: 'this kernel does not support this' },
  EINVAL: { code: 'invalid', text: 'the file system refuses this as invalid' },
  ENXIO: { code: 'no-device', text: 'it is a device or socket without anything behind it' },
  ENODEV: { code: 'no-device', text: 'there is no such device' },
};

/** Codes of two meanings in one of our folders, older than this table. */
const CODE_IN_PLACE: Record<string, string> = { 'not-permitted': 'not-writable', 'read-only': 'not-writable' };

/**
 * Returns a BootflakeError that says what a failed system call means, in terms of the place that its path lies in; any other error as it
 * is. `assumed` is the place of a call that names no path (a write to an open file), where the caller knows it.
 */
export function explainSystemError(error: unknown, places: Place[], assumed?: Place): unknown {
  const facts = systemFacts(error);
  const meaning = facts && MEANINGS[facts.code];
  if (!facts || !meaning) return error;
  const { path, dest, syscall } = facts;
  if (syscall === 'uv_cwd') {
    return new BootflakeError({
      code: 'system/no-working-folder',
      cause: error,
      message: `the folder that bootflake was started in cannot be found: ${meaning.text}`,
      hint: 'Change to an existing folder (cd): it was removed or moved.',
    });
  }
  const at = path === undefined ? '' : dest === undefined ? ` (at '${path}')` : ` (at '${path}', to '${dest}')`;
  const place = path === undefined ? assumed : places.find((one) => concerns(one, facts));
  if (!place) {
    const what = path === undefined ? `a system call failed${syscall ? ` (${syscall})` : ''}` : described(facts, path);
    return new BootflakeError({ code: `system/${meaning.code}`, cause: error, message: `${what}: ${meaning.text}`, hint: meaning.hint });
  }
  const code = `${place.domain}/${CODE_IN_PLACE[meaning.code] ?? meaning.code}`;
  if (meaning.code === 'disk-full') {
    const free = facts.code === 'ENOSPC' ? place.left?.() : undefined;
    const left = facts.code === 'EDQUOT' ? ' (quota reached)' : free === undefined ? '' : `, ${free}`;
    return new BootflakeError({
      code,
      cause: error,
      message: `no space is left for ${place.name} in '${place.folder}'${left}${at}`,
      hint: `Free some space, or: ${place.move} Nothing that was finished is harmed.`,
    });
  }
  const verb = VERBS[syscall ?? ''] ?? 'used';
  const message =
    `${place.name} in '${place.folder}' cannot be ${READING.has(verb) ? 'read' : verb === 'used' ? verb : 'written'}: ` +
    `${meaning.text}${at}`;
  return new BootflakeError({ code, cause: error, message, hint: [meaning.hint, place.move].filter(Boolean).join(' ') });
}

/** For a symlink, the path that is made, not its target. */
function described({ dest, syscall }: SystemFacts, path: string): string {
  if (syscall === 'symlink' && dest !== undefined) return `the symlink '${dest}' cannot be made`;
  return `'${path}' cannot be ${VERBS[syscall ?? ''] ?? 'used'}${dest === undefined ? '' : ` as '${dest}'`}`;
}

/** The operation on the path, by system call (libuv's names). */
const VERBS: Record<string, string> = {
  open: 'opened',
  read: 'read',
  scandir: 'listed',
  opendir: 'listed',
  readlink: 'read',
  realpath: 'followed',
  write: 'written',
  mkdir: 'made',
  mkdtemp: 'made',
  rmdir: 'removed',
  unlink: 'removed',
  rm: 'removed',
  rename: 'renamed',
  link: 'linked',
  symlink: 'made',
  chmod: 'changed',
  fchmod: 'changed',
  chown: 'changed',
  lchown: 'changed',
  utime: 'changed',
  futime: 'changed',
  lutime: 'changed',
  ftruncate: 'written',
  truncate: 'written',
  fsync: 'written',
  copyfile: 'copied',
  cp: 'copied',
  spawn: 'run',
};

const READING = new Set(['read', 'listed', 'followed']);

/** Calls that make a file at their second path; the first is the text of a link, or stays unchanged if the second is refused. */
const MAKING_SECOND = new Set(['symlink', 'link', 'rename']);

/** Returns whether a call concerned a file of the place, or made a parent folder of the place. */
export function concerns({ folder }: Place, { path, dest, syscall }: SystemFacts): boolean {
  const paths = dest !== undefined && MAKING_SECOND.has(syscall ?? '') ? [dest] : [path, dest];
  if (paths.some((one) => one !== undefined && isWithin(one, folder))) return true;
  return syscall === 'mkdir' && path !== undefined && isWithin(folder, path);
}

/** Returns whether a path is a folder or below it, by names only. */
function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}
