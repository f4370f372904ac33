/** Replaces a secret in messages. */
const hidden = '***';

/** Removes the passwords and tokens of addresses from a text: `https://user:***@host/?access_token=***`. */
export function hidePasswords(text: string): string {
  if (!text.includes('://')) return text;
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s/?#@:'"]*):[^\s/?#@'"]*@/gi, `$1:${hidden}@`)
    .replace(/([?&](?:[a-z0-9_-]*(?:token|secret|signature|password|passwd|api[_-]?key)|sig)=)[^\s&#'"]+/gi, `$1${hidden}`);
}
