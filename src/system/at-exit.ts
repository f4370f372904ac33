const jobs = new Set<() => void>();
let listening = false;

/**
 * Runs a synchronous job when the process exits normally. A killed process skips it, so a later run must always clean up what a job would
 * have removed; a failing job is ignored. Returns a function that cancels the job.
 */
export function atExit(job: () => void): () => void {
  if (!listening) process.once('exit', () => jobs.forEach(attempt));
  listening = true;
  jobs.add(job);
  return () => void jobs.delete(job);
}

function attempt(job: () => void): void {
  try {
    job();
  } catch {
    /* see atExit */
  }
}
