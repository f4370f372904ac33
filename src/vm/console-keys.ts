/**
 * The keys typed at a machine's console: text for the guest, and the commands after ctrl-a. They are those of qemu (`-serial mon:stdio`),
 * which stops reading keys when a guest does not read its input: here keys are always read.
 */
export type ConsoleCommand = 'end' | 'leave' | 'monitor' | 'break' | 'help';

export interface ConsoleKeysListener {
  text(bytes: Uint8Array): void;
  command(command: ConsoleCommand): void;
}

const escape = 0x01;
type Commands = Readonly<Record<string, ConsoleCommand>>;

const ofMachine: Commands = { x: 'end', c: 'monitor', b: 'break', h: 'help', '?': 'help' };

export const consoleHelp = [
  'ctrl-a x  ends the machine, as pulling the plug',
  "ctrl-a c  switches between the guest's console and qemu's monitor",
  'ctrl-a b  sends a break (then a key is magic SysRq)',
  'ctrl-a ctrl-a  sends ctrl-a',
];

export class ConsoleKeys {
  private escaped = false;

  /** `commands`: by their keys. Defaults to those of a machine that ends with its terminal. */
  constructor(
    private readonly listener: ConsoleKeysListener,
    private readonly commands: Commands = ofMachine,
  ) {}

  /** Bytes as typed. Unknown keys after ctrl-a are dropped. */
  take(bytes: Uint8Array): void {
    let from = 0;
    const sendUntil = (end: number): void => {
      if (end > from) this.listener.text(bytes.subarray(from, end));
    };
    for (const [at, byte] of bytes.entries()) {
      if (this.escaped) {
        this.escaped = false;
        from = byte === escape ? at : at + 1;
        const command = this.commands[String.fromCharCode(byte)];
        if (command) this.listener.command(command);
      } else if (byte === escape) {
        sendUntil(at);
        this.escaped = true;
        from = at + 1;
      }
    }
    sendUntil(bytes.length);
  }
}
