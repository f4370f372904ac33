/** A machine of a test in TypeScript: the methods of NixOS's driver, with its meanings and defaults. */
import { posix } from 'node:path';
import { shellQuote } from '../base/shell-quote.ts';
import { monotonicMilliseconds } from '../system/clock.ts';
import { sleep } from '../system/sleep.ts';
import { CommandMachine, interval, patience, type CommandOutcome, type TimeoutOption } from './command-machine.ts';
import { keyOf } from './key-names.ts';

export interface UserOption {
  /** Whose service manager. Defaults to the system's. */
  user?: string;
}

export interface AddressOption extends TimeoutOption {
  /** Defaults to `localhost`. */
  address?: string;
}

/** Milliseconds between keys. */
const keyDelay = 10;

export class ScriptMachine extends CommandMachine {
  /** `systemctl` with these arguments. */
  systemctl(args: string, { user }: UserOption = {}): Promise<CommandOutcome> {
    if (user === undefined) return this.execute(`systemctl ${args}`);
    const inner = `XDG_RUNTIME_DIR=/run/user/$(id -u) systemctl --user ${args}`;
    return this.execute(`su -l ${shellQuote([user])} --shell /bin/sh -c ${shellQuote([inner])}`);
  }

  /** Waits until a unit is active. Fails when it is failed, or is inactive and nothing will start it. */
  async waitForUnit(unit: string, { user, timeout = patience }: UserOption & TimeoutOption = {}): Promise<void> {
    const of = user === undefined ? {} : { user };
    await this.until(`unit "${unit}"`, timeout, async () => {
      const state = await this.getUnitProperty(unit, 'ActiveState', of);
      if (state === 'failed') throw this.failed(`unit "${unit}" reached state "${state}"`);
      if (state === 'inactive') {
        const { output } = await this.systemctl('list-jobs --full 2>&1', of);
        if (output.includes('No jobs') && (await this.getUnitProperty(unit, 'ActiveState', of)) === state)
          throw this.failed(`unit "${unit}" is inactive and there are no pending jobs`);
      }
      return state === 'active' || undefined;
    });
  }

  /** The properties of a unit, by their names. */
  async getUnitInfo(unit: string, options: UserOption = {}): Promise<Record<string, string>> {
    const { status, output } = await this.systemctl(`--no-pager show ${shellQuote([unit])}`, options);
    if (status !== 0) throw this.failed(`retrieving systemctl info for unit "${unit}" failed with exit code ${status}`, output);
    const lines = output.split('\n').map((line) => /^([^=]+)=(.*)$/.exec(line));
    return Object.fromEntries(lines.flatMap((found) => (found ? [[found[1]!, found[2]!]] : [])));
  }

  async getUnitProperty(unit: string, property: string, options: UserOption = {}): Promise<string> {
    const args = `--no-pager show ${shellQuote([unit])} --property=${shellQuote([property])}`;
    const { status, output } = await this.systemctl(args, options);
    const value = output.startsWith(`${property}=`) ? output.slice(property.length + 1).replace(/\n[^]*$/, '') : undefined;
    if (status !== 0 || value === undefined)
      throw this.failed(`retrieving systemctl property "${property}" for unit "${unit}" failed with exit code ${status}`, output);
    return value;
  }

  async requireUnitState(unit: string, state = 'active'): Promise<void> {
    const found = await this.getUnitProperty(unit, 'ActiveState');
    if (found !== state) throw this.failed(`expected unit "${unit}" to be in state "${state}", but it is in state "${found}"`);
  }

  startJob(unit: string, options: UserOption = {}): Promise<CommandOutcome> {
    return this.systemctl(`start ${unit}`, options);
  }

  stopJob(unit: string, options: UserOption = {}): Promise<CommandOutcome> {
    return this.systemctl(`stop ${unit}`, options);
  }

  async waitForFile(file: string, { timeout = patience }: TimeoutOption = {}): Promise<void> {
    await this.waitUntilSucceeds(`test -e ${file}`, { timeout });
  }

  /** Waits until a TCP port accepts connections. */
  async waitForOpenPort(port: number, { address = 'localhost', timeout = patience }: AddressOption = {}): Promise<void> {
    await this.waitUntilSucceeds(connection(port, address), { timeout });
  }

  async waitForClosedPort(port: number, { address = 'localhost', timeout = patience }: AddressOption = {}): Promise<void> {
    await this.waitUntilFails(connection(port, address), { timeout });
  }

  async waitForOpenUnixSocket(path: string, { isDatagram = false, timeout = patience }: { isDatagram?: boolean } & TimeoutOption = {}) {
    await this.waitUntilSucceeds(`nc -z ${isDatagram ? '-uU' : '-U'} ${path}`, { timeout });
  }

  /** Copies a file or a folder of the host to a path of the machine, or into a folder there, as root's. */
  async copyFromHost(source: string, target: string): Promise<void> {
    const archive = await this.transfer.pack(source);
    const to = shellQuote([target]);
    const command =
      `mkdir -p "$(dirname ${to})"; scratch=$(mktemp -d "$(dirname ${to})/.copy-XXXXXX"); ` +
      `tar -xf - --no-same-owner -C "$scratch"; cp -r --remove-destination "$scratch"/* ${to}; rm -r "$scratch"`;
    await this.pour(command, { input: archive }, `copying ${source} to ${target}`);
  }

  /** Copies a file or a folder of the machine into a folder of the host, which is made if it is missing. */
  async copyFromMachine(source: string, folder: string): Promise<void> {
    const { dir, base } = posix.parse(source);
    if (base === '' || base === '.' || base === '..') throw this.failed(`'${source}' does not name a file or folder`);
    const archive = this.transfer.newArchive();
    const command = `tar -chf - -C ${shellQuote([dir === '' ? '.' : dir])} -- ${shellQuote([base])}`;
    await this.pour(command, { output: archive }, `copying ${source} from the machine`);
    await this.transfer.unpack(archive, base, folder);
  }

  /** Waits until text of the serial console matches, after what earlier waits have read. There is no timeout by default. */
  async waitForConsoleText(pattern: RegExp, { timeout }: TimeoutOption = {}): Promise<void> {
    const begin = this.consoleRead;
    const deadline = timeout === undefined ? Infinity : monotonicMilliseconds() + timeout * 1000;
    for (;;) {
      while (this.consoleRead < this.consoleLines.length) {
        this.consoleRead += 1;
        if (pattern.test(this.consoleLines.slice(begin, this.consoleRead).join('\n'))) return;
      }
      this.signal.throwIfAborted();
      if (monotonicMilliseconds() > deadline) throw this.failed(`no text on the console matched ${pattern} within ${timeout} s`);
      if (!this.node.isRunning) throw this.failed(`it ended before text on its console matched ${pattern}`);
      const more = new Promise<void>((resolve) => this.wake.push(resolve));
      await Promise.race([more, sleep(interval)]);
    }
  }

  /** What the serial console has shown since the start. */
  getConsoleLog(): string {
    return this.consoleLines.join('\n');
  }

  /** Types on the serial console. */
  sendConsole(text: string): void {
    this.node.sendConsole(text);
  }

  /** Presses a key, or several at once: `ctrl-alt-delete`. */
  async sendKey(key: string): Promise<void> {
    await this.sendMonitorCommand(`sendkey ${keyOf(key)}`);
    await sleep(keyDelay);
  }

  async sendChars(text: string): Promise<void> {
    for (const character of text) await this.sendKey(character);
  }

  /** The text on a virtual terminal. */
  async getTtyText(tty: number | string): Promise<string> {
    return (await this.execute(`fold -w$(stty -F /dev/tty${tty} size | awk '{print $2}') /dev/vcs${tty}`)).output;
  }

  async waitUntilTtyMatches(tty: number | string, pattern: RegExp, { timeout = patience }: TimeoutOption = {}): Promise<void> {
    await this.until(`${pattern} on tty${tty}`, timeout, async () => pattern.test(await this.getTtyText(tty)) || undefined);
  }

  /** Writes the screen to a file, as PNG. */
  async screenshot(file: string): Promise<void> {
    await this.node.screenshot(file);
  }

  /** The text on the screen, as it is recognised. Needs `enableOCR`. */
  async getScreenText(): Promise<string> {
    return (await this.node.screenText(true))[0]!;
  }

  /** The text on the screen, recognised in several ways. Needs `enableOCR`. */
  getScreenTextVariants(): Promise<string[]> {
    return this.node.screenText(false);
  }

  /** Waits until text on the screen matches. Needs `enableOCR`. */
  async waitForText(pattern: RegExp, { timeout = patience }: TimeoutOption = {}): Promise<void> {
    await this.until(
      `${pattern} on the screen`,
      timeout,
      async () => (await this.getScreenTextVariants()).some((text) => pattern.test(text)) || undefined,
    );
  }

  /** Lets a TCP port of the host be one of the machine's. */
  async forwardPort(hostPort = 8080, guestPort = 80): Promise<void> {
    await this.start();
    await this.sendMonitorCommand(`hostfwd_add tcp::${hostPort}-:${guestPort}`);
  }

  /** Unplugs the cable of eth1, the first network of the test. */
  async block(): Promise<void> {
    await this.node.setLink(false);
  }

  async unblock(): Promise<void> {
    await this.node.setLink(true);
  }

  /** A command of qemu's monitor; returns what it prints. */
  sendMonitorCommand(command: string): Promise<string> {
    return this.node.monitor(command);
  }
}

/** bash needs no further program. */
function connection(port: number, address: string): string {
  return `{ exec 3<>/dev/tcp/${shellQuote([address])}/${port}; } 2> /dev/null`;
}
