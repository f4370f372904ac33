/** What stands for a secret in messages. */
const hidden = '***';

/** Text for people, with the passwords and tokens of the addresses in it taken out: `https://user:***@host/?access_token=***`. */
export function hidePasswords(text: string): string {
  if (!text.includes('://')) return text;
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s/?#@:'"]*):[^\s/?#@'"]*@/gi, `$1:${hidden}@`)
    .replace(/([?&](?:[a-z0-9_-]*(?:token|secret|signature|password|passwd|api[_-]?key)|sig)=)[^\s&#'"]+/gi, `$1${hidden}`);
}
