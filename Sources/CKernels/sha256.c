#include "sha256.h"
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

static const uint32_t K[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

int ck_sha256_is_available(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b >> 29 & 1)) return 0;
    return __get_cpuid(1, &a, &b, &c, &d) && (c >> 9 & 1) && (c >> 19 & 1);
}

#define SHA __attribute__((target("sha,sse4.1,ssse3"), always_inline)) static inline
#define SHA_CALL __attribute__((target("sha,sse4.1,ssse3"))) static
// The same with 32 registers: both schedules of three chains stay in them.
#define WIDE_SHA_CALL __attribute__((target("sha,avx512vl"))) static

// The state in the order of the instructions: (A B E F) and (C D G H).
SHA void unpack(const uint32_t state[8], __m128i *abef, __m128i *cdgh) {
    __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xb1);
    __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);
    *abef = _mm_alignr_epi8(low, high, 8);
    *cdgh = _mm_blend_epi16(high, low, 0xf0);
}

SHA void pack(uint32_t state[8], __m128i abef, __m128i cdgh) {
    __m128i low = _mm_shuffle_epi32(abef, 0x1b);
    __m128i high = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(low, high, 0xf0));
    _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(high, low, 8));
}

typedef struct {
    __m128i abef, cdgh;
} chain;

// Two rounds; `words` are theirs, with K.
SHA void two_rounds(chain *state, const uint64_t *words) {
    __m128i former = state->abef;
    state->abef = _mm_sha256rnds2_epu32(state->cdgh, former, _mm_loadl_epi64((const __m128i *)words));
    state->cdgh = former;
}

SHA void add(chain *to, chain former) {
    to->abef = _mm_add_epi32(to->abef, former.abef);
    to->cdgh = _mm_add_epi32(to->cdgh, former.cdgh);
}

// The 64 words of a block's schedule, with K.
typedef struct {
    uint64_t words[32] __attribute__((aligned(16)));
} schedule;

// Four words of the schedule: from the block while it lasts, then from the last sixteen.
SHA void add_words(schedule *to, __m128i last[4], const uint8_t *block, int group) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    __m128i next;
    if (group < 4) {
        next = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(block + 16 * group)), swap);
    } else {
        __m128i w2 = last[(group + 2) & 3], w3 = last[(group + 3) & 3];
        next = _mm_sha256msg1_epu32(last[group & 3], last[(group + 1) & 3]);
        next = _mm_sha256msg2_epu32(_mm_add_epi32(next, _mm_alignr_epi8(w3, w2, 4)), w3);
    }
    last[group & 3] = next;
    _mm_store_si128((__m128i *)to->words + group,
                    _mm_add_epi32(next, _mm_load_si128((const __m128i *)(K + 4 * group))));
}

// Far enough for memory to answer in time. No fault behind the end.
enum { AHEAD = 2048 };

// Compresses whole blocks of `bytes` into one state or two, and as many blocks of `others` into a third. Two rounds wait four
// cycles for the two before them, and the unit begins one every cycle: three chains side by side take hardly longer than one, if
// nothing else makes them wait. So the words come from memory, worked out a block ahead between the rounds. `chains` is a constant.
SHA void compress(int chains, uint32_t *first, uint32_t *second, const uint8_t *bytes, uint32_t *third,
                  const uint8_t *others, size_t blocks) {
    chain a, b, c;
    schedule turns[4], *own = turns, *other = turns + 1, *own_next = turns + 2, *other_next = turns + 3;
    __m128i last[4], other_last[4];
    unpack(first, &a.abef, &a.cdgh);
    if (chains > 1) unpack(second, &b.abef, &b.cdgh);
    if (chains > 2) unpack(third, &c.abef, &c.cdgh);
    for (int group = 0; group < 16; group++) {
        add_words(own, last, bytes, group);
        if (chains > 2) add_words(other, other_last, others, group);
    }
    while (blocks > 0) {
        chain olda = a, oldb = chains > 1 ? b : a, oldc = chains > 2 ? c : a;
        // Behind the last block there is none to work out ahead; the same once more does no harm.
        if (--blocks > 0) bytes += 64, others += 64;
        _mm_prefetch((const char *)bytes + AHEAD, _MM_HINT_T0);
        if (chains > 2) _mm_prefetch((const char *)others + AHEAD, _MM_HINT_T0);
#pragma clang loop unroll(full)
        for (int group = 0; group < 16; group++) {
            add_words(own_next, last, bytes, group);
            if (chains > 2) add_words(other_next, other_last, others, group);
            for (int pair = 2 * group; pair < 2 * group + 2; pair++) {
                two_rounds(&a, own->words + pair);
                if (chains > 1) two_rounds(&b, own->words + pair);
                if (chains > 2) two_rounds(&c, other->words + pair);
            }
        }
        add(&a, olda);
        if (chains > 1) add(&b, oldb);
        if (chains > 2) add(&c, oldc);
        schedule *former = own, *other_former = other;
        own = own_next, own_next = former;
        other = other_next, other_next = other_former;
    }
    pack(first, a.abef, a.cdgh);
    if (chains > 1) pack(second, b.abef, b.cdgh);
    if (chains > 2) pack(third, c.abef, c.cdgh);
}

SHA_CALL void compress_one(uint32_t *state, const uint8_t *bytes, size_t blocks) {
    compress(1, state, 0, bytes, 0, 0, blocks);
}

SHA_CALL void compress_two(uint32_t *first, uint32_t *second, const uint8_t *bytes, size_t blocks) {
    compress(2, first, second, bytes, 0, 0, blocks);
}

SHA_CALL void compress_three_narrow(uint32_t *first, uint32_t *second, const uint8_t *bytes, uint32_t *third,
                                    const uint8_t *others, size_t blocks) {
    compress(3, first, second, bytes, third, others, blocks);
}

WIDE_SHA_CALL void compress_three_wide(uint32_t *first, uint32_t *second, const uint8_t *bytes, uint32_t *third,
                                       const uint8_t *others, size_t blocks) {
    compress(3, first, second, bytes, third, others, blocks);
}

static void compress_three(uint32_t *first, uint32_t *second, const uint8_t *bytes, uint32_t *third,
                           const uint8_t *others, size_t blocks) {
    (__builtin_cpu_supports("avx512vl") ? compress_three_wide : compress_three_narrow)(
        first, second, bytes, third, others, blocks);
}
#else
int ck_sha256_is_available(void) { return 0; }
static void compress_one(uint32_t *state, const uint8_t *bytes, size_t blocks) { __builtin_trap(); }
static void compress_two(uint32_t *first, uint32_t *second, const uint8_t *bytes, size_t blocks) { __builtin_trap(); }
static void compress_three(uint32_t *first, uint32_t *second, const uint8_t *bytes, uint32_t *third,
                           const uint8_t *others, size_t blocks) { __builtin_trap(); }
#endif

void ck_sha256_start(ck_sha256 *hash) {
    static const uint32_t initial[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    };
    memcpy(hash->state, initial, sizeof initial);
    hash->length = 0;
}

void ck_sha256_update(ck_sha256 *hash, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    size_t held = hash->length & 63;
    hash->length += count;
    if (held > 0) {
        size_t part = count < 64 - held ? count : 64 - held;
        memcpy(hash->rest + held, next, part);
        next += part;
        count -= part;
        if (held + part < 64) return;
        compress_one(hash->state, hash->rest, 1);
    }
    if (count >= 64) compress_one(hash->state, next, count / 64);
    memcpy(hash->rest, next + (count & ~(size_t)63), count & 63);
}

void ck_sha256_update_both(ck_sha256 *first, ck_sha256 *second, const void *bytes, size_t count) {
    size_t held = first->length & 63;
    if (held != (second->length & 63) || count < 128) {
        ck_sha256_update(first, bytes, count);
        ck_sha256_update(second, bytes, count);
        return;
    }
    const uint8_t *next = bytes;
    if (held > 0) {
        ck_sha256_update(first, next, 64 - held);
        ck_sha256_update(second, next, 64 - held);
        next += 64 - held;
        count -= 64 - held;
    }
    compress_two(first->state, second->state, next, count / 64);
    first->length += count & ~(size_t)63;
    second->length += count & ~(size_t)63;
    next += count & ~(size_t)63;
    ck_sha256_update(first, next, count & 63);
    ck_sha256_update(second, next, count & 63);
}

void ck_sha256_update_beside(ck_sha256 *first, ck_sha256 *second, const void *bytes, size_t count, ck_sha256 *third,
                             const void *others, size_t other_count) {
    const uint8_t *next = bytes, *other = others;
    // Up to the next block of each side; what is left over by either goes alone.
    size_t lead = (64 - (first->length & 63)) & 63, other_lead = (64 - (third->length & 63)) & 63;
    if (((first->length ^ second->length) & 63) == 0 && count >= lead && other_count >= other_lead) {
        ck_sha256_update_both(first, second, next, lead);
        ck_sha256_update(third, other, other_lead);
        next += lead, other += other_lead;
        count -= lead, other_count -= other_lead;
        size_t whole = (count < other_count ? count : other_count) & ~(size_t)63;
        compress_three(first->state, second->state, next, third->state, other, whole / 64);
        first->length += whole, second->length += whole, third->length += whole;
        next += whole, other += whole;
        count -= whole, other_count -= whole;
    }
    ck_sha256_update_both(first, second, next, count);
    ck_sha256_update(third, other, other_count);
}

void ck_sha256_digest(const ck_sha256 *hash, uint8_t digest[32]) {
    ck_sha256 copy = *hash;
    uint8_t end[72] = {0x80};
    size_t padding = ((119 - (hash->length & 63)) & 63) + 1;
    uint64_t bits = hash->length * 8;
    for (int index = 0; index < 8; index++) end[padding + index] = (uint8_t)(bits >> (56 - 8 * index));
    ck_sha256_update(&copy, end, padding + 8);
    for (int index = 0; index < 8; index++) {
        digest[4 * index] = (uint8_t)(copy.state[index] >> 24);
        digest[4 * index + 1] = (uint8_t)(copy.state[index] >> 16);
        digest[4 * index + 2] = (uint8_t)(copy.state[index] >> 8);
        digest[4 * index + 3] = (uint8_t)copy.state[index];
    }
}
