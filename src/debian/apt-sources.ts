/**
 * The apt sources of a host, in both formats of sources.list(5), and which of their mirrors serve Debian's own archives. Downloads are
 * verified by signature afterwards, so a wrong guess here causes an error, never a wrong package.
 */
import { parseStanzas } from './control.ts';

export interface AptSource {
  uri: string;
  suites: string[];
  components: string[];
  signedBy: string;
}

/** One-line format: `deb [options] URI SUITE [COMPONENT...]`. */
export function parseSourcesList(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.replace(/#.*/, '').trim();
    const [, options = '', rest] = /^deb\s+(?:\[([^\]]*)\]\s*)?(.*)$/.exec(line) ?? [];
    if (rest === undefined) continue;
    const [uri, suite, ...components] = rest.split(/\s+/);
    if (!uri || !suite) continue;
    sources.push({ uri, suites: [suite], components, signedBy: /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1] ?? '' });
  }
  return sources;
}

/** deb822 format: stanzas of `Types`, `URIs`, `Suites`, `Components`. */
export function parseDeb822Sources(text: string): AptSource[] {
  const sources: AptSource[] = [];
  const words = (value: string | undefined) => (value ?? '').split(/\s+/).filter(Boolean);
  const uncommented = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
  for (const stanza of parseStanzas(uncommented)) {
    if (!words(stanza.get('types')).includes('deb') || /^(?:no|false|without|off|disable)$/i.test(stanza.get('enabled') ?? '')) continue;
    for (const uri of words(stanza.get('uris'))) {
      sources.push({
        uri,
        suites: words(stanza.get('suites')),
        components: words(stanza.get('components')),
        signedBy: stanza.get('signed-by') ?? '',
      });
    }
  }
  return sources;
}

const RELEASES = 'buster|bullseye|bookworm|trixie|forky|duke|sid|unstable|testing|stable|oldstable|oldoldstable';
const MAIN_SUITE = new RegExp(`^(?:${RELEASES})(?:-updates|-proposed-updates|-backports)?/?$`);
const SECURITY_SUITE = new RegExp(`^(?:${RELEASES})(?:-security|/updates)$`);

/** Returns the mirrors of each archive in the sources, those that are certainly Debian's first, without a trailing slash. */
export function debianMirrorsOf(sources: AptSource[]): { debian: string[]; security: string[] } {
  const ours = sources.filter(
    ({ uri, components, signedBy }) =>
      /^https?:\/\//.test(uri) && components.includes('main') && (signedBy === '' || /debian-archive|BEGIN PGP/.test(signedBy)),
  );
  const pick = (pattern: RegExp, folder: RegExp) => {
    const fitting = ours.filter(({ suites }) => suites.some((suite) => pattern.test(suite)));
    // Others publish their own packages under Debian's suite names: Debian's keyring, or the archive's usual folder, distinguishes them.
    const sure = fitting.filter(({ signedBy }) => /debian-archive/.test(signedBy));
    const usual = fitting.filter(({ uri }) => folder.test(new URL(uri).pathname));
    return [...new Set([...sure, ...usual].map(({ uri }) => uri.replace(/\/+$/, '')))];
  };
  const debian = pick(MAIN_SUITE, /^\/(?:.*\/)?debian\/*$/);
  const security = pick(SECURITY_SUITE, /^\/(?:.*\/)?debian-security\/*$|^\/*$/);
  return { debian, security };
}
