/** Facts about an image, which its build writes beside it to nix-support/machine.json. An image may be hostile: they are checked. */
import { dirname } from 'node:path';
import * as v from 'valibot';
import { canonicalPath, fileFacts, readText } from '../system/file-operations.ts';

/** All of it is missing for a bare image. */
export interface ImageFacts {
  /** Normal users; those without a password come first. */
  users?: string[];
  /** Kernel modules in the initrd, without those built into the kernel. */
  initrdModules?: string[];
  /** The guest tells its host whether it is well (bootflake.health). */
  health?: boolean;
  /** The image declares that state lasts on a data disk (bootflake.state). */
  state?: StateFacts;
}

/** What an image keeps on the data disk of its machine. */
export type StateFacts = v.InferOutput<typeof stateFacts>;

const path = v.pipe(v.string(), v.maxLength(4096), v.regex(/^\/[^\p{Cc}]*$/u));
const paths = v.pipe(v.array(path), v.maxLength(1000));
export const stateFacts = v.object({
  /** Of a new data disk: `8G`. */
  size: v.pipe(v.string(), v.regex(/^[1-9]\d{0,6}[MGT]$/)),
  mountPoint: path,
  directories: paths,
  files: paths,
  /** Whether the guest runs commands of its host, so that it can be known to be well. */
  guestShell: v.boolean(),
});

/** `image`: a file, or the folder that holds it. */
export function readImageFacts(image: string): ImageFacts {
  const real = canonicalPath(image);
  if (real === undefined) return {};
  const folder = fileFacts(real)?.type === 'directory' ? real : dirname(real);
  try {
    const { users, initrdModules, state, health } = JSON.parse(readText(`${folder}/nix-support/machine.json`, 'utf8') ?? '{}') as Record<
      string,
      unknown
    >;
    const kept = v.safeParse(stateFacts, state);
    return {
      ...(isNames(users) && { users }),
      ...(isNames(initrdModules) && { initrdModules }),
      ...(health === true && { health }),
      ...(kept.success && { state: kept.output }),
    };
  } catch {
    return {};
  }
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}
