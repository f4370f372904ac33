import { readFileSync, readdirSync } from 'node:fs';

/**
 * Kills each git that this process has started. A thread that waits for one receives no signal, and the process cannot end meanwhile.
 * Kills nothing if the kernel does not list a process's children.
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

/** proc(5): the children of each thread are listed separately. */
function children(): number[] {
  try {
    return readdirSync('/proc/self/task').flatMap((task) =>
      readFileSync(`/proc/self/task/${task}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}
