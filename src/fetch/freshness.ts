/**
 * Whether something that was fetched `age` seconds ago need not be asked for again. What comes from the future was written before the
 * clock was set: up to a minute of that is what a synchronized clock does by itself.
 */
export function isFresh(age: number, ttl: number): boolean {
  return ttl > 0 && age < ttl && age > -60;
}
