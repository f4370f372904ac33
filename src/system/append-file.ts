import fs from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectories } from './file-operations.ts';

/** Opens a file for appending and makes it and its folder if missing; other processes see what is written at once. */
export function openAppending(path: string): { write(text: string): void } {
  makeDirectories(dirname(path));
  const fd = fs.openSync(path, 'a');
  const write = (text: string): void => {
    try {
      fs.writeSync(fd, text);
    } catch (error) {
      // A write to an open file names none.
      throw Object.assign(error as Error, { path });
    }
  };
  return { write };
}
