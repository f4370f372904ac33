/** A program on a terminal of its own, by `script` of util-linux. */
import { spawn, spawnSync } from 'node:child_process';
import { shellQuote } from '../../src/base/shell-quote.ts';

export const scriptMissing: string | false = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux')
  ? false
  : 'script of util-linux is not installed';

export interface OnTerminal {
  /** Everything shown so far, without colours and cursor movements. */
  shown(): string;
  /** Everything shown so far, as it came. */
  raw(): string;
  type(text: string): void;
  /** Waits until a pattern is shown after what was waited for before. Fails with what is shown after twenty seconds without news. */
  sees(pattern: RegExp): Promise<string>;
  ended: Promise<number | null>;
}

export function onTerminal(command: string[], options: { cwd: string; environment: NodeJS.ProcessEnv }): OnTerminal {
  const quoted = shellQuote(command);
  const child = spawn('script', ['-qefc', `stty cols 100 rows 40; exec ${quoted}`, '/dev/null'], {
    cwd: options.cwd,
    env: { ...options.environment, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  let from = 0;
  let news = () => {};
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    news();
  });
  const plain = (): string => text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').replaceAll('\r', '');
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    shown: plain,
    raw: () => text,
    type: (typed) => child.stdin.write(typed),
    ended,
    async sees(pattern) {
      for (;;) {
        const match = pattern.exec(plain().slice(from));
        if (match) {
          from += match.index + match[0].length;
          return match[0];
        }
        const heard = new Promise<boolean>((resolve) => {
          news = () => resolve(true);
        });
        const late = new Promise<boolean>((resolve) => {
          setTimeout(() => resolve(false), 20_000).unref();
        });
        if (!(await Promise.race([heard, late, ended.then(() => false)])) && !pattern.test(plain().slice(from))) {
          child.kill();
          throw new Error(`${pattern} was not shown, but:\n${plain().slice(from)}`);
        }
      }
    },
  };
}
