#include "moments.h"
#include <math.h>
#include <string.h>

#define RUN 4096

#if defined(__x86_64__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif
#define INLINE static inline __attribute__((always_inline))

size_t ck_bin_count(int element) {
    if (element <= CK_UINT8) return 256;
    return element <= CK_UINT16 ? 1024 : 2048;
}

// Wide types: the bin is the top 11 bits (sign, exponent, two bits of the fraction) of the value as float, ordered.
INLINE uint32_t wide_bin(double value) {
    float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, 4);
    uint32_t ordered = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
    return ordered >> 21;
}

double ck_bin_edge(int element, size_t bin) {
    switch (element) {
    case CK_INT8: return (double)bin - 128;
    case CK_UINT8: return (double)bin;
    case CK_INT16: return (double)bin * 64 - 32768;
    case CK_UINT16: return (double)bin * 64;
    default: {
        uint32_t ordered = (uint32_t)bin << 21;
        uint32_t bits = ordered & 0x80000000u ? ordered & 0x7fffffffu : ~ordered;
        float edge;
        memcpy(&edge, &bits, 4);
        return isnan(edge) ? (bin < 1024 ? -INFINITY : INFINITY) : (double)edge;
    }
    }
}

void ck_merge_moments(ck_moments *total, const ck_moments *other) {
    total->missing += other->missing;
    if (other->count == 0) return;
    if (total->count == 0) {
        uint64_t missing = total->missing;
        *total = *other;
        total->missing = missing;
        return;
    }
    double left = (double)total->count, right = (double)other->count, both = left + right;
    double difference = other->mean - total->mean;
    total->mean += difference * (right / both);
    total->squares += other->squares + difference * difference * (left * right / both);
    total->count += other->count;
    if (other->least < total->least) total->least = other->least;
    if (other->largest > total->largest) total->largest = other->largest;
}

static void finish_exact(ck_moments *result, int64_t sum, unsigned __int128 squares) {
    if (result->count == 0) return;
    // n * sum of squares - (sum)^2, divided by n: exact up to the last division.
    unsigned __int128 count = result->count;
    __int128 wide = sum;
    unsigned __int128 scaled = count * squares - (unsigned __int128)(wide * wide);
    result->mean = (double)sum / (double)result->count;
    result->squares = (double)scaled / (double)result->count;
}

// Whether the 64 bytes at `bytes` are all the same.
static inline int is_one_value(const uint8_t *bytes) {
    typedef uint8_t bytes16 __attribute__((vector_size(16)));
    bytes16 parts[4], first = (bytes16){0} + bytes[0];
    memcpy(parts, bytes, 64);
    bytes16 unlike = (parts[0] ^ first) | (parts[1] ^ first) | (parts[2] ^ first) | (parts[3] ^ first);
    uint64_t halves[2];
    memcpy(halves, &unlike, 16);
    return (halves[0] | halves[1]) == 0;
}

// Eight bits: everything follows from the histogram.
static void bytes_moments(int is_signed, const uint8_t *elements, size_t count, const uint64_t *missing,
                          size_t missing_count, ck_moments *result, uint64_t *bins) {
    uint32_t tables[4][256];
    uint64_t found[256] = {0};
    while (count > 0) {
        size_t part = count < (1u << 30) ? count : (1u << 30), index = 0;
        memset(tables, 0, sizeof tables);
        for (; index + 8 <= part; index += 8) {
            while (index + 64 <= part && is_one_value(elements + index)) {
                tables[0][elements[index]] += 64;
                index += 64;
            }
            if (index + 8 > part) break;
            uint64_t word;
            memcpy(&word, elements + index, 8);
            // Rain and pictures have long runs of one value, which would keep one counter waiting for itself.
            if (word == (word << 8 | word >> 56)) {
                tables[0][word & 255] += 8;
                continue;
            }
            tables[0][word & 255]++;
            tables[1][word >> 8 & 255]++;
            tables[2][word >> 16 & 255]++;
            tables[3][word >> 24 & 255]++;
            tables[0][word >> 32 & 255]++;
            tables[1][word >> 40 & 255]++;
            tables[2][word >> 48 & 255]++;
            tables[3][word >> 56]++;
        }
        for (; index < part; index++) tables[0][elements[index]]++;
        for (int value = 0; value < 256; value++)
            found[value] += (uint64_t)tables[0][value] + tables[1][value] + tables[2][value] + tables[3][value];
        elements += part;
        count -= part;
    }
    for (size_t index = 0; index < missing_count; index++) {
        uint8_t sentinel = (uint8_t)missing[index];
        result->missing += found[sentinel];
        found[sentinel] = 0;
    }
    int64_t sum = 0;
    unsigned __int128 squares = 0;
    for (int code = 0; code < 256; code++) {
        if (found[code] == 0) continue;
        int value = is_signed ? (int8_t)code : code;
        bins[value + (is_signed ? 128 : 0)] += found[code];
        result->count += found[code];
        sum += (int64_t)found[code] * value;
        squares += (unsigned __int128)found[code] * (unsigned)(value * value);
        if (value < result->least) result->least = value;
        if (value > result->largest) result->largest = value;
    }
    finish_exact(result, sum, squares);
}

#define SHORT_MOMENTS(NAME, TYPE, SHIFT)                                                                              \
    static void NAME(const TYPE *elements, size_t count, const uint64_t *missing, size_t missing_count,               \
                     ck_moments *result, uint64_t *bins) {                                                            \
        int64_t sum = 0, least = INT64_MAX, largest = INT64_MIN;                                                      \
        unsigned __int128 squares = 0;                                                                                \
        for (size_t begin = 0; begin < count; begin += RUN) {                                                         \
            size_t end = begin + RUN < count ? begin + RUN : count;                                                   \
            uint64_t run_squares = 0;                                                                                 \
            for (size_t index = begin; index < end; index++) {                                                        \
                int32_t value = elements[index];                                                                      \
                int skip = 0;                                                                                         \
                for (size_t m = 0; m < missing_count; m++) skip |= (TYPE)missing[m] == elements[index];               \
                if (skip) {                                                                                           \
                    result->missing++;                                                                                \
                    continue;                                                                                         \
                }                                                                                                     \
                bins[(uint32_t)(value + SHIFT) >> 6]++;                                                               \
                sum += value;                                                                                         \
                run_squares += (uint64_t)((int64_t)value * value);                                                    \
                if (value < least) least = value;                                                                     \
                if (value > largest) largest = value;                                                                 \
                result->count++;                                                                                      \
            }                                                                                                         \
            squares += run_squares;                                                                                   \
        }                                                                                                             \
        if (result->count > 0) {                                                                                      \
            result->least = (double)least;                                                                            \
            result->largest = (double)largest;                                                                        \
        }                                                                                                             \
        finish_exact(result, sum, squares);                                                                           \
    }

SHORT_MOMENTS(int16_moments, int16_t, 32768)
SHORT_MOMENTS(uint16_moments, uint16_t, 0)

// Counts the bins that a run fell into. Rain and pictures have long runs of one value, which would keep one counter waiting for itself.
INLINE void count_bins(const uint16_t *found, size_t count, uint64_t *bins) {
    size_t index = 0;
    for (; index + 4 <= count; index += 4) {
        uint64_t four;
        memcpy(&four, found + index, 8);
        if (four == (four << 16 | four >> 48)) {
            bins[four & 0xffff] += 4;
            continue;
        }
        bins[four & 0xffff]++;
        bins[four >> 16 & 0xffff]++;
        bins[four >> 32 & 0xffff]++;
        bins[four >> 48]++;
    }
    for (; index < count; index++) bins[found[index]]++;
}

// Eight numbers side by side, added up in one order whatever the processor's vectors are.
typedef double eight __attribute__((vector_size(64), aligned(8)));
typedef int64_t eight_marks __attribute__((vector_size(64), aligned(8)));

#define CHOSEN(WHERE, THEN, ELSE) ((eight)(((WHERE) & (eight_marks)(THEN)) | (~(WHERE) & (eight_marks)(ELSE))))

INLINE double folded(const eight *lanes) {
    return (((*lanes)[0] + (*lanes)[4]) + ((*lanes)[1] + (*lanes)[5])) + (((*lanes)[2] + (*lanes)[6]) + ((*lanes)[3] + (*lanes)[7]));
}

// Eights of a run; of the last one's lanes those without a value take `idle`.
#define EIGHTS(COUNT, VALUES, IDLE, BODY)                                                                             \
    for (size_t begin = 0; begin < (COUNT); begin += 8) {                                                             \
        eight value = (eight){0} + (IDLE);                                                                            \
        if (begin + 8 <= (COUNT))                                                                                     \
            value = *(const eight *)((VALUES) + begin);                                                               \
        else                                                                                                          \
            for (size_t k = 0; begin + k < (COUNT); k++) value[k] = (VALUES)[begin + k];                              \
        BODY                                                                                                          \
    }

// The moments of valid values gathered in a run, in some passes while they lie in the cache.
INLINE void merge_run(ck_moments *result, const double *values, size_t count, uint64_t *bins) {
    if (count == 0) return;
    eight sum = {0}, squares = {0}, least = sum + values[0], largest = least;
    EIGHTS(count, values, 0.0, sum += value;)
    ck_moments run = {.count = count, .mean = folded(&sum) / (double)count};
    EIGHTS(count, values, run.mean, squares += (value - run.mean) * (value - run.mean);)
    EIGHTS(count, values, values[0], {
        least = CHOSEN(value < least, value, least);
        largest = CHOSEN(value > largest, value, largest);
    })
    run.squares = folded(&squares);
    run.least = least[0];
    run.largest = largest[0];
    for (size_t k = 1; k < 8; k++) {
        if (least[k] < run.least) run.least = least[k];
        if (largest[k] > run.largest) run.largest = largest[k];
    }
    uint16_t found[RUN];
    for (size_t index = 0; index < count; index++) found[index] = (uint16_t)wide_bin(values[index]);
    count_bins(found, count, bins);
    ck_merge_moments(result, &run);
}

#define WIDE_MOMENTS(NAME, TYPE, FINITE)                                                                              \
    INLINE size_t gather_##NAME(const TYPE *elements, size_t count, const TYPE *sentinels, size_t missing_count,      \
                                double *values) {                                                                     \
        int lost = missing_count > 0;                                                                                 \
        for (size_t index = 0; index < count; index++) lost |= !FINITE(elements[index]);                              \
        if (!lost) {                                                                                                  \
            for (size_t index = 0; index < count; index++) values[index] = (double)elements[index];                   \
            return count;                                                                                             \
        }                                                                                                             \
        size_t valid = 0;                                                                                             \
        for (size_t index = 0; index < count; index++) {                                                              \
            TYPE value = elements[index];                                                                             \
            int keep = FINITE(value);                                                                                 \
            for (size_t m = 0; m < missing_count; m++) keep &= !(value == sentinels[m]);                              \
            values[valid] = (double)value;                                                                            \
            valid += (size_t)keep;                                                                                    \
        }                                                                                                             \
        return valid;                                                                                                 \
    }                                                                                                                 \
    CLONES static void NAME(const TYPE *elements, size_t count, const uint64_t *missing, size_t missing_count,        \
                            ck_moments *result, uint64_t *bins) {                                                     \
        double values[RUN];                                                                                           \
        TYPE sentinels[8];                                                                                            \
        if (missing_count > 8) missing_count = 8;                                                                     \
        for (size_t m = 0; m < missing_count; m++) memcpy(&sentinels[m], &missing[m], sizeof(TYPE));                  \
        for (size_t begin = 0; begin < count; begin += RUN) {                                                         \
            size_t part = begin + RUN < count ? RUN : count - begin;                                                  \
            size_t valid = gather_##NAME(elements + begin, part, sentinels, missing_count, values);                   \
            result->missing += part - valid;                                                                          \
            merge_run(result, values, valid, bins);                                                                   \
        }                                                                                                             \
    }

#define ALWAYS(value) 1
WIDE_MOMENTS(int32_moments, int32_t, ALWAYS)
WIDE_MOMENTS(uint32_moments, uint32_t, ALWAYS)
WIDE_MOMENTS(int64_moments, int64_t, ALWAYS)
WIDE_MOMENTS(uint64_moments, uint64_t, ALWAYS)
WIDE_MOMENTS(float32_moments, float, isfinite)
WIDE_MOMENTS(float64_moments, double, isfinite)

void ck_plane_moments(int element, const void *elements, size_t count, const uint64_t *missing, size_t missing_count,
                      ck_moments *result, uint64_t *bins) {
    *result = (ck_moments){.least = INFINITY, .largest = -INFINITY};
    switch (element) {
    case CK_INT8: bytes_moments(1, elements, count, missing, missing_count, result, bins); break;
    case CK_UINT8: bytes_moments(0, elements, count, missing, missing_count, result, bins); break;
    case CK_INT16: int16_moments(elements, count, missing, missing_count, result, bins); break;
    case CK_UINT16: uint16_moments(elements, count, missing, missing_count, result, bins); break;
    case CK_INT32: int32_moments(elements, count, missing, missing_count, result, bins); break;
    case CK_UINT32: uint32_moments(elements, count, missing, missing_count, result, bins); break;
    case CK_INT64: int64_moments(elements, count, missing, missing_count, result, bins); break;
    case CK_UINT64: uint64_moments(elements, count, missing, missing_count, result, bins); break;
    case CK_FLOAT32: float32_moments(elements, count, missing, missing_count, result, bins); break;
    case CK_FLOAT64: float64_moments(elements, count, missing, missing_count, result, bins); break;
    default: break;
    }
}
