const jobs = new Set<() => void>();

/** Has this done when the process ends by itself. Synchronous work alone; a killed process does none of it. */
export function atExit(job: () => void): void {
  if (jobs.size === 0) process.once('exit', () => jobs.forEach((one) => one()));
  jobs.add(job);
}
