/** Descriptors that this process was started with: a child would get them too, as only those that Node opens close by themselves. */
import { readdirSync } from 'node:fs';
import { readText } from '../system/file-operations.ts';

/** O_CLOEXEC of Linux, as fdinfo shows it. */
const CLOSE_ON_EXEC = 0o2000000;

let found: number[] | undefined;

/** Returns those above standard error. */
export function inheritedDescriptors(): readonly number[] {
  found ??= readdirSync('/proc/self/fd')
    .map(Number)
    .filter((descriptor) => {
      const [, flags] = /^flags:\s*([0-7]+)/m.exec(readText(`/proc/self/fdinfo/${descriptor}`) ?? '') ?? [];
      return descriptor > 2 && flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
    });
  return found;
}
