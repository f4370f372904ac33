const jobs = new Set<() => void>();

/**
 * Runs a synchronous job when the process exits normally. A killed process skips it, so a later run must always clean up what a job would
 * have removed; a failing job is ignored.
 */
export function atExit(job: () => void): void {
  if (jobs.size === 0) process.once('exit', () => jobs.forEach(attempt));
  jobs.add(job);
}

function attempt(job: () => void): void {
  try {
    job();
  } catch {
    /* see atExit */
  }
}
