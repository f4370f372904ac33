import { readStandardInput } from '../../system/standard-input.ts';
import type { CommandSpec } from '../command.ts';

const generateSecret: CommandSpec = {
  name: 'key generate-secret',
  summary: 'generate a secret key for signing store paths',
  examples: [['bootflake key generate-secret --key-name cache.example.org-1 > ./secret-key', 'a new key, in a file']],
  description:
    "The key's name is in every signature, and clients find the public key by it: the host name of your cache with a number, to be " +
    'increased when the key is replaced.',
  configure(command) {
    command.requiredOption('--key-name <name>', 'the name of the key, such as cache.example.org-1');
  },
  async run(terminal, options) {
    const { makeSecretKey } = await import('../../api/signing-keys.ts');
    terminal.data(makeSecretKey(String(options.keyName)));
  },
};

const convertSecretToPublic: CommandSpec = {
  name: 'key convert-secret-to-public',
  summary: 'print the public key of a secret key read from standard input',
  examples: [['bootflake key convert-secret-to-public < ./secret-key', 'for trusted-public-keys of those who use your cache']],
  configure() {},
  async run(terminal) {
    const { publicKeyText } = await import('../../api/signing-keys.ts');
    terminal.data(publicKeyText(readStandardInput().toString('utf8')));
  },
};

export const keyCommands = [generateSecret, convertSecretToPublic];
