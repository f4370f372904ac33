/** The user's AWS credentials, from the environment or the files of the AWS command line. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AwsCredentials } from './s3-signature.ts';

/**
 * Returns the credentials of a profile, else of the environment, else of AWS_PROFILE or `default`; undefined when there are none: requests
 * are then anonymous. Those that services give (instance metadata, single sign-on) are not asked for.
 */
export function findAwsCredentials(profile: string | undefined, env: NodeJS.ProcessEnv): AwsCredentials | undefined {
  const given = profile === undefined && env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY;
  if (given) return credentials(env.AWS_ACCESS_KEY_ID, env.AWS_SECRET_ACCESS_KEY, env.AWS_SESSION_TOKEN);
  const name = profile ?? (env.AWS_PROFILE || 'default');
  const folder = join(env.HOME || homedir(), '.aws');
  const places = [
    [env.AWS_SHARED_CREDENTIALS_FILE || join(folder, 'credentials'), name],
    [env.AWS_CONFIG_FILE || join(folder, 'config'), name === 'default' ? name : `profile ${name}`],
  ] as const;
  for (const [file, section] of places) {
    const values = readSection(file, section);
    const found = credentials(values.get('aws_access_key_id'), values.get('aws_secret_access_key'), values.get('aws_session_token'));
    if (found) return found;
  }
  return undefined;
}

/** Values become parts of headers. */
function credentials(id: string | undefined, secret: string | undefined, token: string | undefined): AwsCredentials | undefined {
  const plain = (text: string | undefined): text is string => text !== undefined && /^[\x21-\x7e]+$/.test(text);
  if (!plain(id) || !plain(secret)) return undefined;
  return { accessKeyId: id, secretAccessKey: secret, ...(plain(token) && { sessionToken: token }) };
}

function readSection(file: string, section: string): Map<string, string> {
  const values = new Map<string, string>();
  let current: string | undefined;
  for (const line of textOf(file).split('\n')) {
    const [, name] = /^\s*\[\s*(.*?)\s*\]/.exec(line) ?? [];
    if (name !== undefined) current = name.replace(/\s+/g, ' ');
    const [, key, value] = /^\s*([a-z_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (current === section && key !== undefined) values.set(key, value ?? '');
  }
  return values;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
