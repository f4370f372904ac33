import { BootflakeError } from '../base/errors.ts';

/** The system's messages; Node's own ones contain system calls and physical paths. */
const reasons: Record<string, string> = {
  EISDIR: 'Is a directory',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  EIO: 'Input/output error',
  ENAMETOOLONG: 'File name too long',
};

/** A path as the program knows it, and the target of its links. Byte strings. */
export interface NamedPath {
  path: string;
  leadsTo: string;
}

/** Explains a failed read by the path that caused it: the target of links. */
export function pathError(error: NodeJS.ErrnoException, { path, leadsTo }: NamedPath): BootflakeError {
  const shown = text(leadsTo);
  const hint = leadsTo === path ? undefined : `a symbolic link leads there from '${text(path)}'`;
  const failed = (code: string, message: string): BootflakeError =>
    new BootflakeError({ code, message, cause: error, ...(hint !== undefined && { hint }) });
  switch (error.code) {
    case 'ENOENT':
      return failed('eval/missing-path', `path '${shown}' does not exist`);
    // The system reports the same when a path below a file is opened.
    case 'ENOTDIR':
      return error.syscall === 'scandir'
        ? failed('eval/not-a-directory', `cannot read directory "${shown}": Not a directory`)
        : failed('eval/missing-path', `path '${shown}' does not exist`);
    case 'ELOOP':
      return failed('eval/symlink-loop', `infinite symlink recursion in path '${text(path)}'`);
    case 'ESPECIAL':
      return failed('eval/not-a-file', `path '${shown}' cannot be read: ${error.message}`);
    default:
      return failed('eval/unreadable-path', `path '${shown}' cannot be read: ${reasons[error.code!] ?? error.message}`);
  }
}

function text(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
