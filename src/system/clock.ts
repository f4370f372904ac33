/** The only places where the product reads the time. */

/** Does not use `performance`, for which Node loads ten modules. */
export function monotonicMilliseconds(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

/** Seconds since 1970-01-01T00:00:00Z. */
export function wallClockSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
