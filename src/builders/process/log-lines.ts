/** What a builder writes, as lines of a log. */

/** Characters of a line: what is longer is broken. */
const LONGEST = 64 << 10;

export class LogLines {
  private readonly decoder = new TextDecoder();
  private rest = '';
  /** Bytes so far. */
  size = 0;

  constructor(private readonly add: (line: string) => void) {}

  write(bytes: Uint8Array): void {
    this.size += bytes.length;
    const lines = (this.rest + this.decoder.decode(bytes, { stream: true })).split('\n');
    this.rest = lines.pop()!;
    for (const line of lines) this.line(line);
    while (this.rest.length > LONGEST) {
      this.line(this.rest.slice(0, LONGEST));
      this.rest = this.rest.slice(LONGEST);
    }
  }

  /** The last line may have no end. */
  end(): void {
    this.rest += this.decoder.decode();
    if (this.rest !== '') this.line(this.rest);
    this.rest = '';
  }

  private line(text: string): void {
    for (let at = 0; at === 0 || at < text.length; at += LONGEST) {
      const message = structuredMessage(text.slice(at, at + LONGEST));
      if (message !== undefined) this.add(message);
    }
  }
}

/** Nix's structured log: `@nix` and a JSON object. Only messages are for people; phases and progress are left out. */
function structuredMessage(line: string): string | undefined {
  if (!line.startsWith('@nix ')) return overwritten(line);
  try {
    const { action, msg } = JSON.parse(line.slice('@nix '.length)) as { action?: unknown; msg?: unknown };
    return action === 'msg' && typeof msg === 'string' ? msg : undefined;
  } catch {
    return overwritten(line);
  }
}

/** A carriage return begins the line anew: what follows replaces the characters before it. */
function overwritten(line: string): string {
  if (!line.includes('\r')) return line;
  return line.split('\r').reduce((shown, text) => text + shown.slice(text.length), '');
}
