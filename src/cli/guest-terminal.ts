/** The user's terminal as the console of a guest, passed through unchanged until the machine has ended. */
import { rawTerminal } from './terminal-state.ts';
import type { GuestTerminal } from '../api/run.ts';
import { standardOutput } from './output.ts';

export const guestTerminal: GuestTerminal = {
  get isTerminal() {
    return Boolean(process.stdin.isTTY);
  },
  size: () => standardOutput.size(),
  write: (bytes) => standardOutput.raw(bytes),
  written: () => standardOutput.written(),
  pause: () => void process.stdin.pause(),
  resume: () => void process.stdin.resume(),
  open({ input, resize }) {
    const restore = rawTerminal();
    process.stdin.on('data', input);
    const stopListening = standardOutput.onResize(resize);
    return {
      close() {
        stopListening();
        process.stdin.off('data', input).pause();
        restore();
      },
    };
  },
};
