/** What a mirror serves: Packages files, Release files, signed Release files. The first byte is P, R or S accordingly. */
import type { Random } from '../random.ts';
import { compressed } from './archives.ts';
import { damaged, damagedText } from './bytes.ts';
import type { Maker } from './format.ts';

function stanza(i: number, random: Random): string {
  const other = (): string =>
    `pkg${random.below(12)}${random.pick(['', '', ':any', ' (>= 1.0)', ' (<< 2:3~rc1)', ' (= 1)', ' [amd64]', ' <!nocheck>'])}`;
  const relations = (): string => random.times(1 + random.below(4), () => random.times(1 + random.below(3), other).join(' | ')).join(', ');
  const sometimes = (field: string): string => (random.chance(0.3) ? `${field}: ${relations()}\n` : '');
  return `Package: pkg${i}
Source: src${i} (1.0)
Version: ${random.pick(['1.0-1', '2:3~rc1', '1', '1.0+deb12u1'])}
Architecture: ${random.pick(['amd64', 'all'])}
Priority: ${random.pick(['required', 'optional'])}
${random.chance(0.2) ? 'Essential: yes\n' : ''}Depends: ${relations()}
${sometimes('Pre-Depends')}${sometimes('Conflicts')}Provides: ${random.pick(['virtual', 'virtual (= 2)', 'pkg1', 'pkg2, virtual'])}
Filename: pool/main/p/pkg${i}/pkg${i}_1.0_amd64.deb
Size: ${random.below(100_000)}
SHA256: ${'0123456789abcdef'.repeat(4)}
Description: a package
`;
}

const release = `Origin: Debian
Label: Debian
Suite: stable
Version: 13.1
Codename: trixie
Date: Sat, 06 Sep 2025 09:46:02 UTC
Valid-Until: Sat, 13 Sep 2025 09:46:02 UTC
Architectures: all amd64 arm64
Components: main contrib
SHA256:
 ${'0123456789abcdef'.repeat(4)} 1234567 main/binary-amd64/Packages
 ${'fedcba9876543210'.repeat(4)}  123456 main/binary-amd64/Packages.gz
`;

/** An armoured signature by an unknown key. */
function signed(text: string, random: Random): string {
  const packet = Buffer.concat([
    Buffer.from('88750401160a001d162104', 'hex'),
    Buffer.from(random.times(100, () => random.below(256))),
  ]).toString('base64');
  const armor = `-----BEGIN PGP SIGNATURE-----\n\n${packet.replace(/.{64}/g, '$&\n')}\n=abcd\n-----END PGP SIGNATURE-----\n`;
  return `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${text}${armor}`;
}

export const makeIndex: Maker = async (random) => {
  const kind = random.below(10);
  if (kind < 2) return Buffer.from(`R${damagedText(release, random)}`);
  if (kind === 2) {
    const text = signed(release, random);
    return Buffer.concat([
      Buffer.from('S'),
      random.chance(0.5) ? damaged(Buffer.from(text), random) : Buffer.from(damagedText(text, random)),
    ]);
  }
  const text = random.times(random.pick([1, 5, 12]), (i) => stanza(i, random)).join('\n');
  const bytes = Buffer.from(random.chance(0.8) ? damagedText(text, random) : text);
  const packed = await compressed(random.chance(0.2) ? damaged(bytes, random) : bytes, random, random.pick(['gzip', 'gzip', 'xz']));
  return Buffer.concat([Buffer.from('P'), random.chance(0.15) ? damaged(packed, random) : packed]);
};
