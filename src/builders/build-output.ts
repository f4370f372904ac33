import { writeFileSync } from 'node:fs';
import { makeDirectories } from '../system/file-operations.ts';

/** What builders write beside trees and images: a directory, a file of bytes or text. */
export function makeDirectory(path: string): void {
  makeDirectories(path);
}

export function writeBytes(path: string, bytes: Uint8Array | string): void {
  writeFileSync(path, bytes, { mode: 0o644, flag: 'wx' });
}
