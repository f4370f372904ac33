/** The only places where the product asks what time it is. */
export function monotonicMilliseconds(): number {
  return performance.now();
}

/** Seconds since 1970-01-01T00:00:00Z. */
export function wallClockSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
