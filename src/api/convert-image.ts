/** `bootflake convert`: disk images from one format to another. */
import { convert, type Conversion, type Converted } from '../convert/convert.ts';
import { hostCores } from '../system/host-cores.ts';
import { randomSeed } from '../system/random-seed.ts';
import type { ProgressEvent } from '../base/progress.ts';

export type { Converted };

/** Throws `convert/...` errors. */
export async function convertImage(
  { onProgress, signal }: { onProgress: (event: ProgressEvent) => void; signal: AbortSignal },
  conversion: Omit<Conversion, 'cores' | 'seed'>,
): Promise<Converted> {
  return convert({ ...conversion, cores: hostCores(), seed: randomSeed() }, { progress: onProgress, signal });
}
