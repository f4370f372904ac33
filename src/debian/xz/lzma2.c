/*
 * LZMA2 decoder for WebAssembly: one block of an .xz file, all of it in memory. The history is the output itself, so nothing is copied twice.
 * Formats: LZMA in the LZMA SDK's lzma-specification.txt, LZMA2's chunks in tukaani.org/xz/xz-file-format.txt (5.3.1).
 * scripts/build-lzma2.mjs compiles it to lzma2-wasm.ts.
 *
 * Bits of literals, lengths and distances are about as often 0 as 1: for them a mask takes the place of a branch that would be mispredicted.
 * The bits that say what comes next are mostly the same, and branch.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef long long i64;

enum { STATES = 12, POSITION_STATES = 16, MIN_MATCH = 2, LITERAL_SIZE = 0x300, EVEN_ODDS = 1024, NO_DISTANCE = -1 };

/* What `decode` answers when the data is broken. */
enum { TRUNCATED = -1, WRONG_LENGTH = -2, BAD_CHUNK = -3, BAD_PROPERTIES = -4, BAD_DISTANCE = -5, BAD_CODE = -6 };

typedef struct {
  u16 choice, choice2;
  u16 low[POSITION_STATES][8], mid[POSITION_STATES][8], high[256];
} LengthModel;

/* Probabilities, in 1/2048, that a bit is 0. */
static struct {
  u16 match[STATES][POSITION_STATES], shortRep[STATES][POSITION_STATES];
  u16 rep[STATES], rep0[STATES], rep1[STATES], rep2[STATES];
  u16 slot[4][64], special[128], align[16];
  LengthModel matchLength, repLength;
  u16 literal[LITERAL_SIZE << 4];
} model;

static u32 literalContextBits, literalPositionBits, positionBits;
static u32 state, rep0, rep1, rep2, rep3;

static void resetState(void) {
  u16 *probability = (u16 *)&model;
  for (u32 i = 0; i < sizeof model / sizeof *probability; i++) probability[i] = EVEN_ODDS;
  state = rep0 = rep1 = rep2 = rep3 = 0;
}

/* The range decoder lives in locals: in, range, code; odds and bound are scratch. */
#define NORMALIZE if (range < 1u << 24) { range <<= 8; code = code << 8 | *in++; }
#define IF_ZERO(p) NORMALIZE odds = *(p); bound = (range >> 11) * odds; if (code < bound)
#define ZERO(p) range = bound; *(p) = (u16)(odds + ((2048 - odds) >> 5));
#define ONE(p) range -= bound; code -= bound; *(p) = (u16)(odds - (odds >> 5));

/* One bit without a branch, appended to `symbol`: the sign of code - bound, in 64 bits, says which it is. For a 0 the odds grow by
 * (2048-odds)>>5, which is -((odds-2017)>>5) rounded down. */
#define BIT_AT(p, symbol) { \
  u16 *const at = (p); \
  NORMALIZE odds = *at; bound = (range >> 11) * odds; \
  const i64 rest = (i64)code - (i64)bound; \
  const u32 zero = (u32)(rest >> 63); \
  mask = ~zero; \
  range = bound + (mask & (range - bound - bound)); \
  code = (u32)rest + (bound & zero); \
  *at = (u16)(odds - (u32)((int)(odds - (zero & 2017)) >> 5)); \
  symbol = (symbol << 1) + 1 + zero; }
#define BIT(tree, symbol) BIT_AT((tree) + symbol, symbol)
#define MATCHED_BIT { \
  matched <<= 1; \
  const u32 expected = matched & offset; \
  BIT_AT(tree + offset + expected + symbol, symbol) \
  offset &= ~(expected ^ mask); }
#define REVERSE_BIT(tree, k, value) { u16 *const at = (tree) + k; IF_ZERO(at) { ZERO(at) k <<= 1; } else { ONE(at) k = k << 1 | 1; distance += value; } }

/* Decodes one chunk of `length` compressed bytes into `size` bytes at `out`; both memories have slack behind them. Not inlined, so that the
 * engine can swap in optimised code between chunks. */
__attribute__((noinline)) static int decodeChunk(const u8 *in, u32 length, u8 *out, u32 size, const u8 *const history) {
  const u8 *const inEnd = in + length;
  u8 *const outEnd = out + size;
  u32 range = 0xffffffffu, code = (u32)in[1] << 24 | (u32)in[2] << 16 | (u32)in[3] << 8 | in[4];
  u32 odds, bound, mask;
  const u32 positionMask = (1u << positionBits) - 1, literalMask = (1u << literalPositionBits) - 1, contextBits = literalContextBits;
  u32 distance = rep0, r1 = rep1, r2 = rep2, r3 = rep3, now = state;
  in += 5;
  while (out < outEnd) {
    if (in > inEnd) return TRUNCATED;
    const u32 position = (u32)(out - history), positionState = position & positionMask;
    IF_ZERO(&model.match[now][positionState]) {
      ZERO(&model.match[now][positionState])
      u16 *const tree = model.literal + LITERAL_SIZE * (((position & literalMask) << contextBits) + ((position ? out[-1] : 0u) >> (8 - contextBits)));
      u32 symbol = 1;
      if (now < 7) {
        BIT(tree, symbol) BIT(tree, symbol) BIT(tree, symbol) BIT(tree, symbol) BIT(tree, symbol) BIT(tree, symbol) BIT(tree, symbol) BIT(tree, symbol)
        now = now < 4 ? 0 : now - 3;
      } else {
        if (distance >= position) return BAD_DISTANCE;
        u32 matched = out[-(int)distance - 1], offset = 0x100;
        MATCHED_BIT MATCHED_BIT MATCHED_BIT MATCHED_BIT MATCHED_BIT MATCHED_BIT MATCHED_BIT MATCHED_BIT
        now = now < 10 ? now - 3 : now - 6;
      }
      *out++ = (u8)symbol;
      continue;
    }
    ONE(&model.match[now][positionState])
    u32 count;
    LengthModel *lengths;
    IF_ZERO(&model.rep[now]) {
      ZERO(&model.rep[now])
      r3 = r2; r2 = r1; r1 = distance; distance = (u32)NO_DISTANCE;
      now = now < 7 ? 7 : 10;
      lengths = &model.matchLength;
    } else {
      ONE(&model.rep[now])
      IF_ZERO(&model.rep0[now]) {
        ZERO(&model.rep0[now])
        IF_ZERO(&model.shortRep[now][positionState]) {
          ZERO(&model.shortRep[now][positionState])
          if (distance >= position) return BAD_DISTANCE;
          *out = out[-(int)distance - 1];
          out++;
          now = now < 7 ? 9 : 11;
          continue;
        }
        ONE(&model.shortRep[now][positionState])
      } else {
        ONE(&model.rep0[now])
        u32 chosen;
        IF_ZERO(&model.rep1[now]) { ZERO(&model.rep1[now]) chosen = r1; }
        else {
          ONE(&model.rep1[now])
          IF_ZERO(&model.rep2[now]) { ZERO(&model.rep2[now]) chosen = r2; } else { ONE(&model.rep2[now]) chosen = r3; r3 = r2; }
          r2 = r1;
        }
        r1 = distance;
        distance = chosen;
      }
      now = now < 7 ? 8 : 11;
      lengths = &model.repLength;
    }
    IF_ZERO(&lengths->choice) {
      ZERO(&lengths->choice)
      u16 *const tree = lengths->low[positionState];
      count = 1;
      BIT(tree, count) BIT(tree, count) BIT(tree, count)
      count -= 8;
    } else {
      ONE(&lengths->choice)
      IF_ZERO(&lengths->choice2) {
        ZERO(&lengths->choice2)
        u16 *const tree = lengths->mid[positionState];
        count = 1;
        BIT(tree, count) BIT(tree, count) BIT(tree, count)
      } else {
        ONE(&lengths->choice2)
        count = 1;
        do BIT(lengths->high, count) while (count < 256);
        count += 16 - 256;
      }
    }
    if (distance == (u32)NO_DISTANCE) {
      u16 *const tree = model.slot[count < 4 ? count : 3];
      u32 slot = 1;
      BIT(tree, slot) BIT(tree, slot) BIT(tree, slot) BIT(tree, slot) BIT(tree, slot) BIT(tree, slot)
      slot -= 64;
      if (slot < 4) distance = slot;
      else {
        u32 bits = (slot >> 1) - 1, k = 1;
        distance = 2 | (slot & 1);
        if (slot < 14) {
          distance <<= bits;
          u16 *const reverse = model.special + distance - slot;
          u32 value = 1;
          do { REVERSE_BIT(reverse, k, value) value <<= 1; } while (--bits);
        } else {
          bits -= 4;
          do {
            NORMALIZE
            range >>= 1;
            code -= range;
            mask = 0u - (code >> 31);
            code += range & mask;
            distance = (distance << 1) + mask + 1;
          } while (--bits);
          distance <<= 4;
          REVERSE_BIT(model.align, k, 1) REVERSE_BIT(model.align, k, 2) REVERSE_BIT(model.align, k, 4) REVERSE_BIT(model.align, k, 8)
        }
      }
    }
    count += MIN_MATCH;
    if (distance >= position) return BAD_DISTANCE;
    if (count > (u32)(outEnd - out)) return WRONG_LENGTH;
    const u8 *from = out - distance - 1;
    u8 *const stop = out + count;
    if (distance >= 7) {
      /* By eights, which may write past the match: what is there comes later. */
      do { __builtin_memcpy(out, from, 8); out += 8; from += 8; } while (out < stop);
      out = stop;
    } else do *out++ = *from++; while (out < stop);
  }
  NORMALIZE
  if (in != inEnd || code != 0) return BAD_CODE;
  rep0 = distance; rep1 = r1; rep2 = r2; rep3 = r3; state = now;
  return 0;
}

/* Decodes a block's chunks into exactly `size` bytes at `out`. Answers how many bytes of `in` they took, or one of the errors. */
__attribute__((export_name("decode"))) int decode(const u8 *in, u32 length, u8 *out, u32 size) {
  const u8 *const start = in, *const inEnd = in + length;
  u8 *const outEnd = out + size, *history = out;
  int needHistory = 1, needProperties = 1;
  for (;;) {
    if (in >= inEnd) return TRUNCATED;
    const u32 control = *in++;
    if (control == 0) return out == outEnd ? (int)(in - start) : WRONG_LENGTH;
    if (control >= 0xe0 || control == 1) { history = out; needHistory = 0; }
    if (needHistory || (control > 2 && control < 0x80)) return BAD_CHUNK;
    if (inEnd - in < (control < 0x80 ? 2 : 5)) return TRUNCATED;
    if (control < 0x80) {
      const u32 plain = ((u32)in[0] << 8 | in[1]) + 1;
      in += 2;
      if ((u32)(inEnd - in) < plain) return TRUNCATED;
      if ((u32)(outEnd - out) < plain) return WRONG_LENGTH;
      __builtin_memcpy(out, in, plain);
      in += plain;
      out += plain;
      continue;
    }
    const u32 unpacked = ((control & 0x1f) << 16 | (u32)in[0] << 8 | in[1]) + 1, packed = ((u32)in[2] << 8 | in[3]) + 1;
    in += 4;
    if (control >= 0xc0) {
      u32 properties = *in++;
      if (properties >= 225) return BAD_PROPERTIES;
      literalContextBits = properties % 9;
      properties /= 9;
      literalPositionBits = properties % 5;
      positionBits = properties / 5;
      if (literalContextBits + literalPositionBits > 4) return BAD_PROPERTIES;
      needProperties = 0;
    } else if (needProperties) return BAD_PROPERTIES;
    if (control >= 0xa0) resetState();
    if (packed < 5 || (u32)(inEnd - in) < packed) return TRUNCATED;
    if ((u32)(outEnd - out) < unpacked) return WRONG_LENGTH;
    const int status = decodeChunk(in, packed, out, unpacked, history);
    if (status != 0) return status;
    in += packed;
    out += unpacked;
  }
}
