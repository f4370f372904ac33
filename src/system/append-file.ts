import fs from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectories } from './file-operations.ts';

/** Opens a file for appending and makes it and its folder if missing; other processes see what is written at once. */
export function openAppending(path: string): { write(text: string): void } {
  makeDirectories(dirname(path));
  const fd = fs.openSync(path, 'a');
  return { write: (text) => void fs.writeSync(fd, text) };
}
