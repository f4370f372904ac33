/** Time limit for minimising a case, in ms. */
const PATIENCE = 60_000;
const MOST_TRIES = 400;

/** Returns the shortest bytes found that still fail: removes parts, large ones first. */
export async function smallest(
  bytes: Uint8Array,
  fails: (candidate: Uint8Array) => Promise<boolean>,
  most = MOST_TRIES,
): Promise<Uint8Array> {
  const end = performance.now() + PATIENCE;
  let best = Buffer.from(bytes);
  let tries = 0;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length; ) {
      if (tries++ >= most || performance.now() > end) return best;
      const candidate = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
      if (candidate.length < best.length && (await fails(candidate))) best = candidate;
      else at += size;
    }
  }
  return best;
}
