import { readFileSync, readdirSync } from 'node:fs';

/**
 * Kills each git that this process has started. A thread that waits for one hears nothing else, and the process cannot end while it waits.
 * Where the kernel does not list a process's children, nothing is killed.
 */
export function endGitChildren(): void {
  for (const pid of children()) {
    try {
      if (readFileSync(`/proc/${pid}/comm`, 'latin1') === 'git\n') process.kill(pid, 'SIGKILL');
    } catch {
      /* It has ended. */
    }
  }
}

/** proc(5): each thread's children are listed by themselves. */
function children(): number[] {
  try {
    return readdirSync('/proc/self/task').flatMap((task) =>
      readFileSync(`/proc/self/task/${task}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}
