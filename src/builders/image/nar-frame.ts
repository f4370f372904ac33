/** The NAR of an image's output around the image itself, so that it is hashed while it is written. */
import { narTokens } from '../../nix-format/nar-writer.ts';

export interface NarFrame {
  before: Buffer;
  after: Buffer;
  narSize: number;
}

const DIRECTORY = ['(', 'type', 'directory'];
const regular = (contents: string): string[] => ['(', 'type', 'regular', 'contents', contents, ')'];
const entry = (name: string, node: string[]): string[] => ['entry', '(', 'name', name, 'node', ...node, ')'];

/** Returns the frame for a directory with the texts `nix-support/NAME` and one regular file of `size` bytes, which may be in a folder. */
export function narFrame(texts: Record<string, string>, path: string, size: number): NarFrame {
  const names = Object.keys(texts).sort();
  const support = entry('nix-support', [...DIRECTORY, ...names.flatMap((name) => entry(name, regular(texts[name]!))), ')']);
  const parts = path.split('/');
  const supportFirst = parts[0]! > 'nix-support';
  const head = [
    'nix-archive-1',
    ...DIRECTORY,
    ...(supportFirst ? support : []),
    ...parts.flatMap((name, n) => ['entry', '(', 'name', name, 'node', ...(n < parts.length - 1 ? DIRECTORY : [])]),
    '(',
    'type',
    'regular',
    'contents',
  ];
  const tail = [')', ')', ...parts.slice(1).flatMap(() => [')', ')']), ...(supportFirst ? [] : support), ')'];
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(size), 0);
  const before = Buffer.concat([narTokens(...head), length]);
  const after = Buffer.concat([Buffer.alloc((8 - (size % 8)) % 8), narTokens(...tail)]);
  return { before, after, narSize: before.length + size + after.length };
}
