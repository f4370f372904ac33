/** How far the deployment of each machine is: on a terminal a table that is drawn again, elsewhere a line for each event. */
import type { DeployEvent } from '../api/types.ts';
import { visibleLine } from '../base/control-characters.ts';
import type { Output } from './output.ts';

const words: Record<DeployEvent['state'], string> = {
  waiting: 'waiting',
  connecting: 'connecting',
  sending: 'sending',
  changing: 'changing',
  observing: 'waiting until it is well',
  done: 'done',
  failed: 'FAILED',
  skipped: 'skipped',
};

/** Milliseconds between two drawings. */
const interval = 100;

export class FleetTable {
  private readonly rows = new Map<string, DeployEvent>();
  private drawn = 0;
  private last = -Infinity;

  /** `size`: of the terminal; undefined: there is none, and events are lines. */
  constructor(
    private readonly output: Pick<Output, 'text' | 'redraw'>,
    private readonly size: () => { rows: number; columns: number } | undefined,
    private readonly now: () => number,
  ) {}

  take(event: DeployEvent): void {
    const key = `${event.machine} ${event.host}`;
    const before = this.rows.get(key);
    // A message stays until the next one of the same machine.
    const message = event.message ?? (before?.state === event.state ? before.message : undefined);
    this.rows.set(key, { ...event, ...(message !== undefined && { message }) });
    const isNew = before?.state !== event.state;
    if (this.size() !== undefined) return this.draw(isNew);
    if (event.message !== undefined || (isNew && event.state !== 'waiting')) this.output.text(`${line(event, 0)}\n`);
  }

  /** What comes next is below. */
  end(): void {
    if (this.size() !== undefined && this.rows.size > 0) this.draw(true);
    this.drawn = 0;
  }

  private draw(atOnce: boolean): void {
    const size = this.size();
    if (!size || (!atOnce && this.now() - this.last < interval)) return;
    this.last = this.now();
    const all = [...this.rows.values()];
    const width = Math.max(...all.map(({ machine }) => machine.length));
    // Those that are over are of least interest where there is no room for all.
    const isOver = ({ state }: DeployEvent) => state === 'done' || state === 'skipped';
    const room = Math.max(1, size.rows - 2);
    const hidden = new Set(all.filter(isOver).slice(0, Math.max(0, all.length - room)));
    const shown = all.filter((each) => !hidden.has(each)).slice(0, room);
    const lines = shown.map((event) => cut(line(event, width), Math.max(20, size.columns - 1)));
    if (shown.length < all.length) lines.push(`and ${all.length - shown.length} more`);
    this.output.redraw(lines, this.drawn);
    this.drawn = lines.length;
  }
}

function line({ machine, host, state, message, bytes, totalBytes }: DeployEvent, width: number): string {
  const share = state === 'sending' && totalBytes ? ` ${Math.min(100, Math.floor((100 * (bytes ?? 0)) / totalBytes))}%` : '';
  const more = message === undefined ? '' : `: ${message.replaceAll(/\s*\n\s*/g, ' ')}`;
  return visibleLine(`${machine.padEnd(width)}  ${host}  ${words[state]}${share}${more}`);
}

function cut(text: string, columns: number): string {
  const characters = [...text];
  let used = 0;
  const end = characters.findIndex((character) => (used += character < '\x7f' ? 1 : 2) > columns);
  return end < 0 ? text : characters.slice(0, end).join('');
}
