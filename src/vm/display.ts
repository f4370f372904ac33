/** Where a machine's screen is seen: nowhere, in a window of qemu's, or by VNC (without a password: see docs/machines.md). */
import * as v from 'valibot';
import { BootflakeError } from '../base/errors.ts';
import { outputOfProgram } from '../system/child-process.ts';
import type { Qemu } from './find-qemu.ts';
import type { Screen } from './qemu-arguments.ts';

export const displaySchema = v.variant('kind', [
  v.object({ kind: v.literal('none') }),
  v.object({ kind: v.literal('window') }),
  /** `at`: of qemu's -vnc, `unix:PATH` or `ADDRESS:NUMBER`. */
  v.object({ kind: v.literal('vnc'), at: v.string() }),
]);

export type Display = v.InferOutput<typeof displaySchema>;

/** A number N is port 5900+N of the loopback interface; else a socket's path. Throws `vm/bad-display`. */
export function parseVnc(text: string, resolvePath: (path: string) => string): Display {
  if (/^\d{1,4}$/.test(text)) return { kind: 'vnc', at: `127.0.0.1:${Number(text)}` };
  const other = /^((?:\d{1,3}\.){3}\d{1,3}):(\d{1,4})$/.exec(text);
  if (other) return { kind: 'vnc', at: text };
  if (text.includes('/')) return { kind: 'vnc', at: `unix:${resolvePath(text)}` };
  throw new BootflakeError({
    code: 'vm/bad-display',
    message: `'${text}' is neither the number of a VNC display nor the path of a socket`,
    hint: 'Use --vnc 1 for port 5901 of this machine alone, or --vnc ./screen.sock, which only you may open.',
  });
}

/** What qemu is given for it; undefined for none. Throws `vm/no-display`. */
export async function screenOf(
  { display, resolution }: { display?: Display | undefined; resolution?: Screen['resolution'] },
  qemu: Qemu,
  env: NodeJS.ProcessEnv,
): Promise<Screen | undefined> {
  if (!display || display.kind === 'none') return undefined;
  if (display.kind === 'vnc') return { display: 'none', vnc: display.at, resolution };
  return { display: await windowKind(qemu, env), resolution };
}

/** qemu's kind of window. Throws `vm/no-display`. */
async function windowKind(qemu: Qemu, env: NodeJS.ProcessEnv): Promise<string> {
  const help = (await outputOfProgram([...qemu.command, '-display', 'help'], 10_000, qemu.environment)) ?? '';
  const kinds = new Set(help.split(/\s+/));
  const hasScreen = process.platform === 'darwin' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
  const kind = ['gtk', 'sdl', 'cocoa'].find((name) => kinds.has(name));
  if (hasScreen && kind !== undefined) return kind;
  throw new BootflakeError({
    code: 'vm/no-display',
    message: hasScreen
      ? `${qemu.origin} cannot open a window`
      : 'there is no screen for a window: neither DISPLAY nor WAYLAND_DISPLAY is set',
    hint: hasScreen
      ? "Install your distribution's qemu with its windows (Debian: qemu-system-gui), or use --vnc 1."
      : 'Use --vnc 1 and a viewer of VNC, or --no-graphics.',
  });
}
