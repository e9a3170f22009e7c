/* The agreement by hand in C: the physical limit that the others are measured against.
 *
 * Knows the case as agreement.py defines it, whose numbers come in as constants.h. Does not know how worlds are summed up.
 *
 * LANES worlds lie in one vector. A batch of months is drawn first, for VECTORS vectors: three streams of Philox, the
 * normal in the middle for all of them, the tails (15 %) gathered and computed together; then the months are played with
 * all state in registers. Money is held in doubles that are whole numbers below 2**53, and so exactly:
 *
 * - n twentieths are n * 0.05, rounded half even. The double 0.05 is 1/20 times 1 + 2**-54. Where n / 20 ends in one half
 *   the product is off by less than half a unit in the last place, and so comes out as that half itself; elsewhere n / 20
 *   is at least 1/20 away from a half, which the error does not reach while n / 20 is below 2**48.
 * - What was used counts no further than the last sum committed, and so stays small; a shortfall is the same.
 *
 * A world with a month of 2**49 cents or more is counted, and the caller refuses the run.
 */

#include <stdint.h>
#include <string.h>
#include "constants.h"

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include <immintrin.h>
#define LANES 8
#elif defined(__AVX2__)
#include <immintrin.h>
#define LANES 4
#else
#define LANES 2
#endif
#ifndef VECTORS
#define VECTORS 2
#endif
#ifndef BATCH
#define BATCH 12
#endif
#define DRAWN (BATCH * VECTORS * LANES)
#define BLOCK 1024
#define LARGEST 0x1p49

typedef uint64_t words __attribute__((vector_size(8 * LANES)));
typedef int64_t longs __attribute__((vector_size(8 * LANES)));
typedef double reals __attribute__((vector_size(8 * LANES)));

#define ALL(x) ((reals){} + (x))
#define inline static inline __attribute__((always_inline))

/* Worlds' part of three streams, after the two first rounds of Philox, which the month hardly touches. */
typedef struct {
    words low_high, low_low;   /* multiplier 0 times the world: the same for every stream */
    words third_low[3];        /* of round 2: multiplier 1 times the third word */
    words product[3];          /* of round 3: multiplier 0 times the first word */
} prepared;

#if LANES == 8
typedef __mmask8 lanes;
inline words times(words a, uint64_t b) {
    return (words)_mm512_mul_epu32((__m512i)a, _mm512_set1_epi64((long long)b));
}
inline words exclusive_or(words a, words b, words c) {
    return (words)_mm512_ternarylogic_epi64((__m512i)a, (__m512i)b, (__m512i)c, 0x96);
}
inline lanes below(reals a, reals b) { return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_LT_OQ); }
inline lanes bits_below(words a, uint64_t b) {
    return _mm512_cmplt_epu64_mask((__m512i)a, _mm512_set1_epi64((long long)b));
}
inline reals chosen(lanes which, reals a, reals b) { return (reals)_mm512_mask_blend_pd(which, (__m512d)b, (__m512d)a); }
inline reals least(reals a, reals b) { return (reals)_mm512_min_pd((__m512d)a, (__m512d)b); }
inline reals greatest(reals a, reals b) { return (reals)_mm512_max_pd((__m512d)a, (__m512d)b); }
inline reals root(reals x) { return (reals)_mm512_sqrt_pd((__m512d)x); }
inline int any(lanes which) { return which != 0; }
/* Appends the lanes that are meant to the list, and says how long the list is now. */
inline int gather(reals q, lanes which, int place, double *where, int32_t *places, int count) {
    const __m512i lane = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
    __m512i at = _mm512_maskz_compress_epi64(which, _mm512_add_epi64(lane, _mm512_set1_epi64(place)));
    _mm512_storeu_pd(where + count, _mm512_maskz_compress_pd(which, (__m512d)q));
    _mm256_storeu_si256((__m256i *)(places + count), _mm512_cvtepi64_epi32(at));
    return count + __builtin_popcount(which);
}
#else
typedef longs lanes;
#if LANES == 4
inline words times(words a, uint64_t b) { return (words)_mm256_mul_epu32((__m256i)a, _mm256_set1_epi64x((long long)b)); }
#else
inline words times(words a, uint64_t b) { return (a & 0xFFFFFFFFu) * b; }
#endif
inline words exclusive_or(words a, words b, words c) { return a ^ b ^ c; }
inline lanes below(reals a, reals b) { return a < b; }
inline lanes bits_below(words a, uint64_t b) { return (lanes)((longs)a < (longs)((words){} + b)); }
inline reals chosen(lanes which, reals a, reals b) { return (reals)((which & (longs)a) | (~which & (longs)b)); }
inline reals least(reals a, reals b) { return chosen(a < b, a, b); }
inline reals greatest(reals a, reals b) { return chosen(a > b, a, b); }
inline reals root(reals x) {
    for (int lane = 0; lane < LANES; lane++) x[lane] = __builtin_sqrt(x[lane]);
    return x;
}
inline int any(lanes which) {
    int64_t found = 0;
    for (int lane = 0; lane < LANES; lane++) found |= which[lane];
    return found != 0;
}
inline int gather(reals q, lanes which, int place, double *where, int32_t *places, int count) {
    for (int lane = 0; lane < LANES; lane++) {
        where[count] = q[lane];
        places[count] = place + lane;
        count -= (int)which[lane];
    }
    return count;
}
#endif

inline reals rounded(reals x) { return (x + ROUNDER) - ROUNDER; }

inline words key(int stream, int number, int word) {
    uint32_t start = word ? (uint32_t)stream : SEED;
    return (words){} + (uint64_t)(uint32_t)(start + (uint32_t)number * (word ? WEYL_1 : WEYL_0));
}

inline prepared prepare(words world) {
    prepared out;
    words low = times(world, MULTIPLIER_0);
    out.low_high = low >> 32;
    out.low_low = low;
    for (int stream = 0; stream < 3; stream++) {
        words third = out.low_high ^ key(stream, 0, 1);
        words high = times(third, MULTIPLIER_1);
        out.third_low[stream] = high;
        out.product[stream] = times((high >> 32) ^ key(stream, 1, 0), MULTIPLIER_0);
    }
    return out;
}

/* 53 bits: rounds 3 to 10, of the last one what makes the first two words. Only low halves of a word are ever read. */
inline words draw(const prepared *of, int stream, uint32_t month) {
    uint64_t scalar = (uint64_t)MULTIPLIER_0 * (uint32_t)(month ^ SEED);
    words third = exclusive_or((words){} + (scalar >> 32), of->low_low, key(stream, 1, 1));
    words high = times(third, MULTIPLIER_1), low = of->product[stream];
    words first = exclusive_or(high >> 32, of->third_low[stream], key(stream, 2, 0));
    third = exclusive_or(low >> 32, (words){} + (scalar & 0xFFFFFFFFu), key(stream, 2, 1));
    words second = high, fourth = low;
#pragma GCC unroll 6
    for (int number = 3; number < 9; number++) {
        low = times(first, MULTIPLIER_0);
        high = times(third, MULTIPLIER_1);
        first = exclusive_or(high >> 32, second, key(stream, number, 0));
        third = exclusive_or(low >> 32, fourth, key(stream, number, 1));
        second = high;
        fourth = low;
    }
    high = times(third, MULTIPLIER_1);
    first = exclusive_or(high >> 32, second, key(stream, 9, 0));
    return ((first << 32) | (high & 0xFFFFFFFFu)) >> 11;
}

#define POLYNOMIAL(name, count)                                        \
    inline reals name(const double *coefficients, reals at) {          \
        reals value = ALL(coefficients[0]);                            \
        _Pragma("GCC unroll 16") for (int i = 1; i < count; i++)       \
            value = value * at + coefficients[i];                      \
        return value;                                                  \
    }
POLYNOMIAL(polynomial_8, 8)
POLYNOMIAL(polynomial_11, 11)
POLYNOMIAL(polynomial_14, 14)

inline reals logarithm(reals x) {
    longs bits = (longs)x - ROOT_HALF_BITS;
    reals exponent = __builtin_convertvector(bits >> 52, reals);
    reals m = (reals)((bits & MANTISSA_BITS) + ROOT_HALF_BITS);
    reals s = (m - 1.0) / (m + 1.0);
    return exponent * LN2_HIGH + (exponent * LN2_LOW + (s + s) * polynomial_11(ARTANH, s * s));
}

inline reals exponential(reals x) {
    reals shifted = x * LOG2_E + ROUNDER, k = shifted - ROUNDER;
    reals r = (x - k * LN2_HIGH) - k * LN2_LOW;
    longs power = ((longs)shifted - (longs)ALL(ROUNDER) + 1023) << 52;
    return polynomial_14(EXP, r) * (reals)power;
}

inline reals tail(reals q) {
    reals distance = greatest(q, -q);
    reals r = root(-logarithm(0.5 - distance));
    reals near = r - TAIL_CENTRE;
    reals z = polynomial_8(TAIL_ABOVE, near) / polynomial_8(TAIL_BELOW, near);
    lanes far = below(ALL(TAIL_TO), r);
    if (__builtin_expect(any(far), 0)) {
        reals beyond = r - TAIL_TO;
        z = chosen(far, polynomial_8(FAR_ABOVE, beyond) / polynomial_8(FAR_BELOW, beyond), z);
    }
    return chosen(below(q, ALL(0.0)), -z, z);
}

/* The factors by which revenue grows, BATCH months of VECTORS vectors. */
inline void grow(const prepared *worlds, int month, reals *factor) {
    double where[DRAWN + LANES] __attribute__((aligned(64)));
    int32_t places[DRAWN + LANES];
    int count = 0;
    for (int i = 0; i < BATCH * VECTORS; i++) {
        words bits = draw(&worlds[i % VECTORS], GROWTH, (uint32_t)(month + i / VECTORS));
        reals q = (__builtin_convertvector((longs)bits - (1LL << 52), reals) + 0.5) * 0x1p-53;
        lanes outside = below(ALL(MIDDLE_TO), greatest(q, -q));
        reals r = MIDDLE_CENTRE - q * q;
        factor[i] = q * polynomial_8(MIDDLE_ABOVE, r) / polynomial_8(MIDDLE_BELOW, r);
        count = gather(q, outside, i * LANES, where, places, count);
    }
    for (int lane = 0; lane < LANES; lane++) where[count + lane] = 0.45;
    for (int at = 0; at < count; at += LANES) {
        reals q, z;
        memcpy(&q, where + at, sizeof q);
        z = tail(q);
        int until = count - at < LANES ? count - at : LANES;
        for (int lane = 0; lane < until; lane++) ((double *)factor)[places[at + lane]] = z[lane];
    }
    for (int i = 0; i < BATCH * VECTORS; i++) factor[i] = exponential(DRIFT + STEP * factor[i]);
}

typedef struct {
    reals revenue, largest, rate, room, paid, used, shortfall, lost, declared;
} state;

inline void play(state *of, const prepared *worlds, const reals *factor, int month) {
    state s = *of;
    for (int i = 0; i < BATCH; i++) {
        reals number = ALL((double)(month + i + 1));
        s.revenue = rounded(s.revenue * factor[i * VECTORS]);
        s.largest = greatest(s.largest, s.revenue);
        reals share = least(rounded(s.revenue * s.rate * 0.05), s.room);
        s.paid += share;
        s.used = least(s.used + rounded(s.revenue * USED * 0.05), ALL(LAST_COMMITTED));
        lanes loses = bits_below(draw(worlds, EXCLUSIVITY, (uint32_t)(month + i)), LOST_BELOW);
        lanes declares = bits_below(draw(worlds, DECLARATION, (uint32_t)(month + i)), DECLARED_BELOW);
        s.rate = chosen(loses, ALL(OPEN), s.rate);
        s.room = chosen(declares, ALL(0.0), s.room - share);
        s.lost = least(s.lost, chosen(loses, number, ALL(NEVER)));
        s.declared = least(s.declared, chosen(declares, number, ALL(NEVER)));
    }
    *of = s;
}

inline state begin(void) {
    return (state){
        .revenue = ALL(START), .largest = ALL(0.0), .rate = ALL(EXCLUSIVE), .room = ALL(CAP), .paid = ALL(0.0),
        .used = ALL(0.0), .shortfall = ALL(0.0), .lost = ALL(NEVER), .declared = ALL(NEVER),
    };
}

inline void write(int64_t *to, reals from) {
    for (int lane = 0; lane < LANES; lane++) to[lane] = (int64_t)from[lane];
}

static int64_t together(uint32_t first, int64_t at, int64_t *share, int64_t *shortfall, int64_t *lost, int64_t *declared) {
    prepared worlds[VECTORS];
    state states[VECTORS];
    reals factor[BATCH * VECTORS];
    words lane;
    int64_t refused = 0;
    for (int i = 0; i < LANES; i++) lane[i] = (uint64_t)i;
    for (int v = 0; v < VECTORS; v++) {
        worlds[v] = prepare(lane + (first + (uint64_t)at + v * LANES));
        states[v] = begin();
    }
    for (int month = 0, milestone = 0; month < MONTHS; month += BATCH) {
        grow(worlds, month, factor);
        for (int v = 0; v < VECTORS; v++) play(&states[v], &worlds[v], factor + v, month);
        if (month + BATCH != MILESTONE_MONTHS[milestone]) continue;
        for (int v = 0; v < VECTORS; v++)
            states[v].shortfall += greatest(COMMITTED[milestone] - states[v].used - states[v].shortfall, ALL(0.0));
        milestone++;
    }
    for (int v = 0; v < VECTORS; v++, at += LANES) {
        write(share + at, states[v].paid);
        write(shortfall + at, states[v].shortfall);
        write(lost + at, chosen(below(states[v].lost, ALL(NEVER)), states[v].lost, ALL(0.0)));
        write(declared + at, chosen(below(states[v].declared, ALL(NEVER)), states[v].declared, ALL(0.0)));
        for (int lane = 0; lane < LANES; lane++) refused += !(states[v].largest[lane] < LARGEST);
    }
    return refused;
}

/* Worlds from the first on, a multiple of 16 of them, into four columns; how many had a month that is too large. */
int64_t futures(uint32_t first, int64_t worlds, int threads, int64_t *share, int64_t *shortfall, int64_t *lost,
                int64_t *declared) {
    int64_t refused = 0;
#pragma omp parallel for num_threads(threads) schedule(dynamic, BLOCK / (VECTORS * LANES)) reduction(+ : refused)
    for (int64_t at = 0; at < worlds; at += VECTORS * LANES)
        refused += together(first, at, share, shortfall, lost, declared);
    return refused;
}
