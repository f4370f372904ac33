import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** Returns the kernel's number of the calling thread; undefined without /proc. */
export function ownTask(): string | undefined {
  try {
    return readlinkSync('/proc/thread-self').split('/').at(-1);
  } catch {
    return undefined;
  }
}

/**
 * Kills each git that this process has started, or those of one of its threads (`ownTask`). A thread that waits for one receives no signal,
 * and the process cannot end meanwhile. Kills nothing if the kernel does not list a process's children.
 */
export function endGitChildren(task?: string): void {
  for (const pid of task === undefined ? allChildren() : childrenOf(task)) {
    try {
      if (readFileSync(`/proc/${pid}/comm`, 'latin1') === 'git\n') process.kill(pid, 'SIGKILL');
    } catch {
      /* It has ended. */
    }
  }
}

/** proc(5): the children of each thread are listed separately. */
function allChildren(): number[] {
  try {
    return readdirSync('/proc/self/task').flatMap(childrenOf);
  } catch {
    return [];
  }
}

function childrenOf(task: string): number[] {
  try {
    return readFileSync(`/proc/self/task/${task}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
