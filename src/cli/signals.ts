/**
 * The first ctrl-c (or TERM, HUP) aborts the work in order: locks are given back, temporary files removed. A second
 * one ends the process at once; the store still is whole, since nothing counts before its rename.
 */
export function installSignals(): { signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
    setTimeout(() => process.exit(130), 5000).unref();
  };
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of names) process.removeListener(name, onSignal);
    },
  };
}
