/**
 * Secrets of a guest, from files of this machine: systemd's credentials, which qemu hands over by fw_cfg
 * (https://systemd.io/CREDENTIALS). The guest's root finds them in /run/credentials/@system. They are in no store and no image.
 */
import { isAbsolute, resolve } from 'node:path';
import * as v from 'valibot';
import { BootflakeError } from '../base/errors.ts';
import { fileFacts } from '../system/file-operations.ts';

/** A name in fw_cfg has at most 55 bytes. */
export const CREDENTIALS = 'opt/io.systemd.credentials/';
const name = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,27}$/, 'a name has at most 28 letters, digits and _.-'));

export const secretSchema = v.object({
  name,
  file: v.pipe(
    v.string(),
    v.check((path) => isAbsolute(path) && !path.includes('\0'), 'the file has no absolute path'),
  ),
});

export type Secret = v.InferOutput<typeof secretSchema>;

/** systemd takes no larger ones. */
const MOST_BYTES = 1 << 20;

/** `NAME=FILE`. Throws `vm/bad-secret`. */
export function parseSecret(text: string, cwd: string): Secret {
  const [, wanted, file] = /^([^=]*)=(.+)$/s.exec(text) ?? [];
  if (file === undefined || file.includes('\0') || !v.safeParse(name, wanted).success)
    throw new BootflakeError({
      code: 'vm/bad-secret',
      message: `'${text}' does not name a secret and its file`,
      hint: 'Use NAME=FILE, such as host-key=./key. The name has at most 28 letters, digits and _.-',
    });
  return { name: wanted!, file: resolve(cwd, file) };
}

/** Throws `vm/bad-secret`. */
export function checkSecrets(secrets: readonly Secret[]): void {
  const names = new Set<string>();
  for (const { name: each, file } of secrets) {
    const facts = fileFacts(file);
    const fault = names.has(each)
      ? `the secret '${each}' is given twice`
      : facts?.type !== 'regular'
        ? `the secret '${each}' cannot be read: there is no file '${file}'`
        : facts.size === 0 || facts.size > MOST_BYTES
          ? `the secret '${each}' is a file of ${facts.size} bytes: '${file}'`
          : undefined;
    names.add(each);
    if (fault !== undefined)
      throw new BootflakeError({ code: 'vm/bad-secret', message: fault, hint: 'Name each secret once, and a file of 1 byte to 1 MiB.' });
  }
}
