const jobs = new Set<() => void>();

/**
 * Runs a job when the process ends by itself. Synchronous work alone; a killed process does none of it, so what a job would have removed is
 * always removed by a later run too, and a job that fails is no error.
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
