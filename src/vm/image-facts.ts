/** Facts about an image, which its build writes beside it to nix-support/machine.json. */
import { dirname } from 'node:path';
import { canonicalPath, fileFacts, readText } from '../system/file-operations.ts';

/** All of it is missing for a bare image. */
export interface ImageFacts {
  /** Normal users; those without a password come first. */
  users?: string[];
  /** Kernel modules in the initrd, without those built into the kernel. */
  initrdModules?: string[];
}

/** `image`: a file, or the folder that holds it. */
export function readImageFacts(image: string): ImageFacts {
  const real = canonicalPath(image);
  if (real === undefined) return {};
  const folder = fileFacts(real)?.type === 'directory' ? real : dirname(real);
  try {
    const { users, initrdModules } = JSON.parse(readText(`${folder}/nix-support/machine.json`, 'utf8') ?? '{}') as Record<string, unknown>;
    return { ...(isNames(users) && { users }), ...(isNames(initrdModules) && { initrdModules }) };
  } catch {
    return {};
  }
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}
