/** The names of a network's machines in the guest's /etc/hosts: lines between two marks, written over its port for commands. */
import { connect, type Socket } from 'node:net';
import { BootflakeError } from '../../base/errors.ts';
import { endWithin, GuestChannel } from '../../vm/guest-channel.ts';

/** Milliseconds that a guest may take to boot. */
const bootPatience = 600_000;
/** Milliseconds that it may take to write the file. A guest that is reset meanwhile never says that it has. */
const writePatience = 60_000;

const [begin, end] = ['# machines of bootflake networks', '# end of machines'];

/** The file is a link into the store at first; a copy takes its place at once. */
const script = `sed '/^${begin}$/,/^${end}$/d' /etc/hosts > /etc/hosts.bootflake || exit 1
[ -z "$1" ] || printf '%s\\n%s\\n%s\\n' '${begin}' "$1" '${end}' >> /etc/hosts.bootflake
chmod 644 /etc/hosts.bootflake
if cmp -s /etc/hosts /etc/hosts.bootflake; then rm /etc/hosts.bootflake; else mv /etc/hosts.bootflake /etc/hosts; fi`;

/** Writes the names that `lines` returns whenever `update` is called, the newest at last. */
export class GuestNames {
  private socket: Socket | undefined;
  private writing = false;
  private again = false;
  private readonly abort = new AbortController();

  constructor(
    private readonly path: string,
    private readonly lines: () => string[],
    private readonly patience = writePatience,
  ) {}

  /** A guest without a port for commands keeps its own names. */
  update(): void {
    this.again = true;
    if (!this.writing && !this.abort.signal.aborted) void this.write();
  }

  close(): void {
    this.abort.abort(new Error('the machine has ended'));
    this.socket?.destroy();
  }

  private async write(): Promise<void> {
    this.writing = true;
    try {
      while (this.again) await this.writeOnce();
    } catch (error) {
      if (!(error instanceof BootflakeError) && !this.abort.signal.aborted) throw error;
    } finally {
      this.writing = false;
    }
  }

  private async writeOnce(): Promise<void> {
    const { signal } = this.abort;
    const channel = await GuestChannel.open(this.connected(), { timeout: bootPatience, signal });
    this.again = false;
    const words = ['sh', '-c', script, 'sh', this.lines().join('\n')];
    const running = channel.run({ words, onOutput: () => {}, onErrorOutput: () => {} });
    try {
      await endWithin(running, this.patience, signal);
    } catch (error) {
      // Other names may have come meanwhile, and it boots again if it was reset.
      if (!(error instanceof BootflakeError && error.code === 'vm/guest-silent')) throw error;
      this.again = true;
    } finally {
      channel.close();
    }
  }

  private connected(): Socket {
    if (this.socket && !this.socket.destroyed) return this.socket;
    this.socket = connect(this.path);
    this.socket.on('error', () => {});
    return this.socket;
  }
}
