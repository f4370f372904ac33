/**
 * The decimal digits that JSON texts of Nix have for a float: Grisu2 (Florian Loitsch, "Printing Floating-Point Numbers Quickly and
 * Accurately with Integers"), as nlohmann's JSON library runs it. They always read back the same, but in one case of a few hundred
 * they aren't the shortest that do; since they end up in derivations, they have to be the same digits.
 */

/** f * 2^e, f of up to 64 bits. */
interface Scaled {
  f: bigint;
  e: number;
}

/** Digits, and the power of ten of the last one: 1.5 is 15 and -1. For numbers above zero. */
export function floatDigits(n: number): { digits: string; exponent: number } {
  const { low, middle, high } = boundaries(n);
  const { power, decimal } = cachedPower(high.e);
  const w = multiply(middle, power);
  const below = multiply(low, power);
  const above = multiply(high, power);
  return generate({ f: below.f + 1n, e: below.e }, w, { f: above.f - 1n, e: above.e }, -decimal);
}

const hiddenBit = 1n << 52n;
const view = new DataView(new ArrayBuffer(8));

/** The number, and the middles between it and its neighbours. */
function boundaries(n: number): { low: Scaled; middle: Scaled; high: Scaled } {
  view.setFloat64(0, n);
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> 52n);
  const fraction = bits & (hiddenBit - 1n);
  const f = biased === 0 ? fraction : fraction + hiddenBit;
  const e = biased === 0 ? -1074 : biased - 1075;
  // The lower neighbour of a power of two is nearer.
  const nearer = fraction === 0n && biased > 1;
  const high = normalize({ f: 2n * f + 1n, e: e - 1 });
  const low = nearer ? { f: 4n * f - 1n, e: e - 2 } : { f: 2n * f - 1n, e: e - 1 };
  return { low: { f: low.f << BigInt(low.e - high.e), e: high.e }, middle: normalize({ f, e }), high };
}

function normalize({ f, e }: Scaled): Scaled {
  const shift = 64 - f.toString(2).length;
  return { f: f << BigInt(shift), e: e - shift };
}

/** The upper half of the product, rounded. */
function multiply(x: Scaled, y: Scaled): Scaled {
  return { f: (x.f * y.f + (1n << 63n)) >> 64n, e: x.e + y.e + 64 };
}

/** A power of ten, of those whose exponent is -300 + 8 i, that brings a binary exponent between -60 and -32. */
function cachedPower(e: number): { power: Scaled; decimal: number } {
  const f = -60 - e - 1;
  const k = Math.trunc((f * 78913) / (1 << 18)) + (f > 0 ? 1 : 0);
  const decimal = -300 + 8 * Math.trunc((300 + k + 7) / 8);
  return { power: powerOfTen(decimal), decimal };
}

/** 10^k to 64 bits, rounded. */
function powerOfTen(k: number): Scaled {
  // Enough bits that the quotient of a negative power has more than 64.
  const numerator = k >= 0 ? (10n ** BigInt(k)) << 64n : 1n << BigInt(64 + Math.ceil(-k * 3.33));
  const scaled = k >= 0 ? numerator : numerator / 10n ** BigInt(-k);
  const e = k >= 0 ? -64 : -(64 + Math.ceil(-k * 3.33));
  const extra = BigInt(scaled.toString(2).length - 64);
  const rounded = (scaled + (1n << (extra - 1n))) >> extra;
  return rounded >> 64n === 0n ? { f: rounded, e: e + Number(extra) } : { f: rounded >> 1n, e: e + Number(extra) + 1 };
}

function generate(low: Scaled, w: Scaled, high: Scaled, exponent: number): { digits: string; exponent: number } {
  const shift = BigInt(-high.e);
  const one = 1n << shift;
  let delta = high.f - low.f;
  let distance = high.f - w.f;
  let fraction = high.f & (one - 1n);
  const whole = (high.f >> shift).toString();
  let digits = '';
  for (let i = 0; i < whole.length; i++) {
    digits += whole[i]!;
    const left = whole.length - 1 - i;
    const rest = (BigInt(whole.slice(i + 1) || '0') << shift) + fraction;
    if (rest <= delta) return { digits: towards(digits, distance, delta, rest, (10n ** BigInt(left)) << shift), exponent: exponent + left };
  }
  for (let behind = 1; ; behind++) {
    fraction *= 10n;
    digits += String(fraction >> shift);
    fraction &= one - 1n;
    delta *= 10n;
    distance *= 10n;
    if (fraction <= delta) return { digits: towards(digits, distance, delta, fraction, one), exponent: exponent - behind };
  }
}

/** Lowers the last digit as long as that brings the digits nearer to the number. */
function towards(digits: string, distance: bigint, delta: bigint, rest: bigint, unit: bigint): string {
  let last = digits.charCodeAt(digits.length - 1);
  while (rest < distance && delta - rest >= unit && (rest + unit < distance || distance - rest > rest + unit - distance)) {
    last -= 1;
    rest += unit;
  }
  return digits.slice(0, -1) + String.fromCharCode(last);
}
