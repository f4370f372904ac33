import { BootflakeError } from '../../base/errors.ts';
import type { CommandSpec } from '../command.ts';
import { collect } from '../options.ts';

const serve: CommandSpec = {
  name: 'store serve',
  summary: 'serve the store as a binary cache over HTTP',
  examples: [
    ['bootflake store serve', 'at http://127.0.0.1:5000, for this machine'],
    ['bootflake store serve --host 0.0.0.0 --port 8080 --key-file ./secret-key', 'for all who reach it, signed'],
  ],
  description:
    'Nix and bootflake substitute from it: --option extra-substituters http://HOST:5000 --option extra-trusted-public-keys KEY. All who ' +
    'reach it can read every path of the store, sources of flakes included. Put a web server in front of it for HTTPS and passwords.',
  interrupted: 'ended',
  configure(command) {
    command
      .option('-p, --port <number>', 'the port; 0 for any that is free', '5000')
      .option('--host <address>', 'the address to listen at; 0.0.0.0 for all of them', '127.0.0.1')
      .option('-k, --key-file <file>', 'sign each path with this key, made by key generate-secret (repeatable)', collect)
      .option('--priority <number>', 'the priority that the cache names; the lowest comes first (30)', '30');
  },
  async run(terminal, options) {
    const { serveStore } = await import('../../api/serve-store.ts');
    await serveStore(
      {
        host: String(options.host),
        port: numberOf('port', String(options.port), 65_535),
        keyFiles: (options.keyFile ?? []) as string[],
        priority: numberOf('priority', String(options.priority), 1_000_000),
      },
      {
        signal: terminal.signal,
        onListening: (url) => terminal.note(`serving the store at ${url}`),
        onRequest: terminal.detail,
        onFailure: (message) => terminal.warn(message),
      },
    );
  },
};

function numberOf(name: string, text: string, most: number): number {
  const value = Number(text);
  if (/^[0-9]+$/.test(text) && value <= most) return value;
  throw new BootflakeError({ code: 'cli/bad-number', message: `--${name} must be a number from 0 to ${most}, not '${text}'` });
}

export const storeCommands = [serve];
