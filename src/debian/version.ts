/**
 * The order of Debian's version numbers: [epoch:]upstream[-revision], Debian Policy 5.6.12. Non-digits and digits are compared in turn;
 * letters sort before other characters, `~` before everything, even the end.
 */
import { DIGIT_0, DIGIT_9, LOWER_A, LOWER_Z, TILDE, UPPER_A, UPPER_Z } from '../base/ascii.ts';

/** Negative, 0 or positive as `a` is older than, as old as or newer than `b`. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  const [epochA, restA] = splitEpoch(a);
  const [epochB, restB] = splitEpoch(b);
  if (epochA !== epochB) return epochA - epochB;
  const dashA = restA.lastIndexOf('-');
  const dashB = restB.lastIndexOf('-');
  const upstream = comparePart(dashA < 0 ? restA : restA.slice(0, dashA), dashB < 0 ? restB : restB.slice(0, dashB));
  if (upstream !== 0) return upstream;
  return comparePart(dashA < 0 ? '' : restA.slice(dashA + 1), dashB < 0 ? '' : restB.slice(dashB + 1));
}

export type VersionOperator = '<<' | '<=' | '=' | '>=' | '>>';

export function versionSatisfies(version: string, operator: VersionOperator, wanted: string): boolean {
  const order = compareVersions(version, wanted);
  switch (operator) {
    case '<<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '=':
      return order === 0;
    case '>=':
      return order >= 0;
    case '>>':
      return order > 0;
  }
}

function splitEpoch(version: string): [number, string] {
  const colon = version.indexOf(':');
  return colon < 0 ? [0, version] : [Number(version.slice(0, colon)) || 0, version.slice(colon + 1)];
}

function comparePart(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const difference = weight(a, i) - weight(b, j);
      if (difference !== 0) return difference;
      i += 1;
      j += 1;
    }
    const startA = skipZeros(a, i);
    const startB = skipZeros(b, j);
    i = skipDigits(a, startA);
    j = skipDigits(b, startB);
    // Without leading zeros the longer number is the greater; numbers may be longer than a double holds.
    if (i - startA !== j - startB) return i - startA - (j - startB);
    const numberA = a.slice(startA, i);
    const numberB = b.slice(startB, j);
    if (numberA !== numberB) return numberA < numberB ? -1 : 1;
  }
  return 0;
}

/** The order of a character: the end and digits have 0, letters their code, other characters more than any letter. */
function weight(text: string, at: number): number {
  if (at >= text.length) return 0;
  const code = text.charCodeAt(at);
  if (code === TILDE) return -1;
  if (code >= DIGIT_0 && code <= DIGIT_9) return 0;
  const letter = (code >= UPPER_A && code <= UPPER_Z) || (code >= LOWER_A && code <= LOWER_Z);
  return letter ? code : code + 256;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= DIGIT_0 && code <= DIGIT_9;
}

function skipZeros(text: string, at: number): number {
  while (text.charCodeAt(at) === DIGIT_0) at += 1;
  return at;
}

function skipDigits(text: string, at: number): number {
  while (isDigit(text, at)) at += 1;
  return at;
}
