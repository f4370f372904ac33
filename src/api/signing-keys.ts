/** Keys that sign store paths: `bootflake key`, and the files that `store sign`, `copy` and `store serve` take them from. */
import { readFileSync } from 'node:fs';
import { BootflakeError } from '../base/errors.ts';
import { systemFacts } from '../base/system-errors.ts';
import { generateKey, parseSecretKey, printKey, publicKeyOf, type SecretKey } from '../nix-format/signature.ts';

/** Makes a key and returns it as text. Throws `nix-format/bad-key` for a name that a key cannot have. */
export function makeSecretKey(name: string): string {
  return printKey(generateKey(name));
}

/** Returns the public key of a secret one, both as text. Throws `nix-format/bad-key`. */
export function publicKeyText(secret: string): string {
  return printKey(publicKeyOf(parseSecretKey(secret)));
}

/** Reads a key from a file. Throws `store/no-key-file` and `nix-format/bad-key`; what is in the file is in no message. */
export function readKeyFile(file: string): SecretKey {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (!systemFacts(error)) throw error;
    throw new BootflakeError({
      code: 'store/no-key-file',
      message: `the key file '${file}' cannot be read: ${(error as Error).message}`,
      hint: 'Make a key with: bootflake key generate-secret --key-name cache.example.org-1 > FILE',
      cause: error,
    });
  }
  return parseSecretKey(text);
}
