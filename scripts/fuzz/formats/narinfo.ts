/** What a binary cache says: facts of paths, of itself, signatures. The first byte says which: N, C or S. */
import { parseNarInfo } from '../../../src/nix-format/narinfo.ts';
import { fingerprint, parseSecretKey, printKey, publicKeyOf, signText } from '../../../src/nix-format/signature.ts';
import { damaged, damagedText } from './bytes.ts';
import type { Maker } from './format.ts';

const digits = '0123456789abcdfghijklmnpqrsvwxyz';
const narinfo = `StorePath: /nix/store/${digits}-curl-7.82.0-bin
URL: nar/05ra3y72i3qjri7xskf9qj8kb29r6naqy1sqpbs3azi3xcigmj56.nar.xz
Compression: xz
FileHash: sha256:05ra3y72i3qjri7xskf9qj8kb29r6naqy1sqpbs3azi3xcigmj56
FileSize: 68852
NarHash: sha256:1b4sb93wp679q4zx9k1ignby1yna3z7c4c2ri3wphylbc2dwsys0
NarSize: 196040
References: ${digits}-curl-7.82.0 ${digits}-curl-7.82.0-bin
Deriver: ${digits}-curl-7.82.0.drv
Sig: cache.example.org-1:TsTTb3WGTZKphvYdBHXwo6weVILmTytUjLB+vcX89fOjjRicCHmKA4RCPMVLkj6TMJ4GMX3HPVWRdD1hkeKZBQ==
CA: fixed:r:sha256:1b4sb93wp679q4zx9k1ignby1yna3z7c4c2ri3wphylbc2dwsys0
`;
const cacheInfo = 'StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 40\n';

const secret = [
  '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
  'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
];
const key = parseSecretKey(`fuzz-1:${Buffer.from(secret.join(''), 'hex').toString('base64')}`);
const made = new Set<string>();

function signed(): string {
  const text = fingerprint(parseNarInfo(narinfo, ''));
  const signature = signText(key, text);
  made.add(madeSignature(signature, text));
  return `${printKey(publicKeyOf(key))}\n${signature}\n${text}`;
}

/** A signature and its text. Bits of base 64 that stand for no byte do not count. */
export function madeSignature(signature: string, text: string): string {
  const [name = '', bytes = ''] = signature.split(':');
  return `${name}:${Buffer.from(bytes, 'base64').toString('base64')}\n${text}`;
}

/** All signatures that samples are made with, each followed by its text. */
export function signaturesMade(): ReadonlySet<string> {
  signed();
  return made;
}

export const makeNarInfo: Maker = (random) => {
  const [sort, text] = random.pick([
    ['N', narinfo],
    ['N', narinfo],
    ['N', narinfo],
    ['C', cacheInfo],
    ['S', signed()],
  ] as const);
  const bytes = Buffer.from(random.chance(0.7) ? damagedText(text, random) : text);
  return Buffer.concat([Buffer.from(sort), random.chance(0.3) ? damaged(bytes, random) : bytes]);
};
