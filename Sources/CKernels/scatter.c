#include "scatter.h"

#include <string.h>

enum { AXES = 16, SUBBLOCKS = 4 };

// Each column is written to a place of its own, line by line; the line behind the next one is asked for in time.
enum { AHEAD = 128 };

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint16_t shorts8 __attribute__((vector_size(16)));
typedef uint32_t words4 __attribute__((vector_size(16)));
typedef uint64_t longs2 __attribute__((vector_size(16)));

static inline bytes16 low1(bytes16 a, bytes16 b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
static inline bytes16 high1(bytes16 a, bytes16 b) {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
static inline bytes16 low2(bytes16 a, bytes16 b) {
    return (bytes16)__builtin_shufflevector((shorts8)a, (shorts8)b, 0, 8, 1, 9, 2, 10, 3, 11);
}
static inline bytes16 high2(bytes16 a, bytes16 b) {
    return (bytes16)__builtin_shufflevector((shorts8)a, (shorts8)b, 4, 12, 5, 13, 6, 14, 7, 15);
}
static inline bytes16 low4(bytes16 a, bytes16 b) {
    return (bytes16)__builtin_shufflevector((words4)a, (words4)b, 0, 4, 1, 5);
}
static inline bytes16 high4(bytes16 a, bytes16 b) {
    return (bytes16)__builtin_shufflevector((words4)a, (words4)b, 2, 6, 3, 7);
}
static inline bytes16 low8(bytes16 a, bytes16 b) {
    return (bytes16)__builtin_shufflevector((longs2)a, (longs2)b, 0, 2);
}
static inline bytes16 high8(bytes16 a, bytes16 b) {
    return (bytes16)__builtin_shufflevector((longs2)a, (longs2)b, 1, 3);
}

// One perfect shuffle of SIDE vectors; log2(SIDE) of them transpose a square of SIDE by SIDE elements.
#define ROUND(WIDTH, SIDE, OUT, IN)                             \
    for (int k = 0; k < (SIDE) / 2; k++) {                      \
        (OUT)[2 * k] = low##WIDTH((IN)[k], (IN)[k + (SIDE) / 2]); \
        (OUT)[2 * k + 1] = high##WIDTH((IN)[k], (IN)[k + (SIDE) / 2]); \
    }

#define LOAD(SIDE)                                              \
    for (int k = 0; k < (SIDE); k++) memcpy(&a[k], from + k * stride, 16);

static inline void square1(bytes16 *out, const uint8_t *from, int64_t stride) {
    bytes16 a[16], b[16];
    LOAD(16)
    ROUND(1, 16, b, a)
    ROUND(1, 16, a, b)
    ROUND(1, 16, b, a)
    ROUND(1, 16, out, b)
}
static inline void square2(bytes16 *out, const uint8_t *from, int64_t stride) {
    bytes16 a[8], b[8];
    LOAD(8)
    ROUND(2, 8, b, a)
    ROUND(2, 8, a, b)
    ROUND(2, 8, out, a)
}
static inline void square4(bytes16 *out, const uint8_t *from, int64_t stride) {
    bytes16 a[4], b[4];
    LOAD(4)
    ROUND(4, 4, b, a)
    ROUND(4, 4, out, b)
}
static inline void square8(bytes16 *out, const uint8_t *from, int64_t stride) {
    bytes16 a[2];
    LOAD(2)
    ROUND(8, 2, out, a)
}

// to[column * to_stride + row] = from[row * from_stride + column]; strides in bytes.
// Rows go by blocks of one cache line, so that lines of `to` that fall into one cache set are written whole.
#define TRANSPOSE(WIDTH, SIDE, TYPE)                                                                              \
    static void transpose##WIDTH(uint8_t *to, int64_t to_stride, const uint8_t *from, int64_t from_stride,        \
                                 int64_t rows, int64_t columns) {                                                 \
        int64_t row = 0;                                                                                          \
        while (row + (SIDE) <= rows) {                                                                            \
            int64_t parts = (rows - row) / (SIDE);                                                                \
            if (parts > SUBBLOCKS) parts = SUBBLOCKS;                                                             \
            const uint8_t *line = from + row * from_stride;                                                       \
            int64_t column = 0;                                                                                   \
            for (; column + (SIDE) <= columns; column += (SIDE)) {                                                \
                bytes16 tile[SUBBLOCKS][SIDE];                                                                    \
                for (int64_t part = 0; part < parts; part++)                                                      \
                    square##WIDTH(tile[part], line + part * (SIDE) * from_stride + column * (WIDTH), from_stride); \
                for (int64_t k = 0; k < (SIDE); k++) {                                                            \
                    uint8_t *place = to + (column + k) * to_stride + row * (WIDTH);                               \
                    __builtin_prefetch(place + AHEAD, 1, 2);                                                      \
                    for (int64_t part = 0; part < parts; part++) memcpy(place + part * 16, &tile[part][k], 16);   \
                }                                                                                                 \
            }                                                                                                     \
            for (; column < columns; column++) {                                                                  \
                uint8_t *place = to + column * to_stride + row * (WIDTH);                                         \
                for (int64_t k = 0; k < parts * (SIDE); k++)                                                      \
                    memcpy(place + k * (WIDTH), line + k * from_stride + column * (WIDTH), (WIDTH));              \
            }                                                                                                     \
            row += parts * (SIDE);                                                                                \
        }                                                                                                         \
        for (int64_t column = 0; column < columns; column++)                                                      \
            for (int64_t rest = row; rest < rows; rest++)                                                         \
                memcpy(to + column * to_stride + rest * (WIDTH), from + rest * from_stride + column * (WIDTH),    \
                       (WIDTH));                                                                                  \
    }

TRANSPOSE(1, 16, uint8_t)
TRANSPOSE(2, 8, uint16_t)
TRANSPOSE(4, 4, uint32_t)
TRANSPOSE(8, 2, uint64_t)

static void transpose(uint8_t *to, int64_t to_stride, const uint8_t *from, int64_t from_stride, int64_t rows,
                      int64_t columns, int width) {
    switch (width) {
    case 1: transpose1(to, to_stride, from, from_stride, rows, columns); break;
    case 2: transpose2(to, to_stride, from, from_stride, rows, columns); break;
    case 4: transpose4(to, to_stride, from, from_stride, rows, columns); break;
    default: transpose8(to, to_stride, from, from_stride, rows, columns); break;
    }
}

#define STRIDED(TYPE)                                                              \
    for (int64_t k = 0; k < count; k++) memcpy(to + k * to_stride, from + k * from_stride, sizeof(TYPE));

static void strided(uint8_t *to, int64_t to_stride, const uint8_t *from, int64_t from_stride, int64_t count, int width) {
    switch (width) {
    case 1: STRIDED(uint8_t) break;
    case 2: STRIDED(uint16_t) break;
    case 4: STRIDED(uint32_t) break;
    default: STRIDED(uint64_t) break;
    }
}

// One axis of a copy; strides in bytes.
typedef struct {
    int64_t length, to, from;
} axis;

// Axes of length 1 go, the others are put in the order of `to`, neighbours that are one run in both become one axis.
static int simplify(axis *out, const int64_t *to_strides, const int64_t *from_strides, const int64_t *lengths, int axes,
                    int width) {
    int count = 0;
    for (int k = 0; k < axes; k++) {
        if (lengths[k] == 1) continue;
        axis next = {lengths[k], to_strides[k] * width, from_strides[k] * width};
        int place = count++;
        for (; place > 0 && out[place - 1].to < next.to; place--) out[place] = out[place - 1];
        out[place] = next;
    }
    int kept = 0;
    for (int k = 0; k < count; k++) {
        axis *last = kept > 0 ? &out[kept - 1] : NULL;
        if (last && last->to == out[k].to * out[k].length && last->from == out[k].from * out[k].length) {
            *last = (axis){last->length * out[k].length, out[k].to, out[k].from};
        } else {
            out[kept++] = out[k];
        }
    }
    return kept;
}

// The innermost one or two axes: a run, a transposition or single elements.
static void inner(uint8_t *to, const uint8_t *from, const axis *last, const axis *other, int width) {
    if (other) {
        transpose(to, other->to, from, last->from, last->length, other->length, width);
    } else if (last->to == width && last->from == width) {
        memcpy(to, from, (size_t)(last->length * width));
    } else {
        strided(to, last->to, from, last->from, last->length, width);
    }
}

void ckernels_scatter(void *to, const int64_t *to_strides, const void *from, const int64_t *from_strides,
                      const int64_t *lengths, int axes, int width) {
    axis list[AXES];
    if (axes > AXES) return;
    for (int k = 0; k < axes; k++)
        if (lengths[k] <= 0) return;
    int count = simplify(list, to_strides, from_strides, lengths, axes, width);
    if (count == 0) {
        memcpy(to, from, (size_t)width);
        return;
    }
    axis last = list[--count], other;
    int transposes = 0;
    for (int k = 0; k < count && last.to == width && last.from != width; k++) {
        if (list[k].from != width) continue;
        other = list[k];
        for (int rest = k; rest + 1 < count; rest++) list[rest] = list[rest + 1];
        count--;
        transposes = 1;
        break;
    }
    int64_t index[AXES] = {0};
    uint8_t *out = to;
    const uint8_t *in = from;
    for (;;) {
        inner(out, in, &last, transposes ? &other : NULL, width);
        int k = count - 1;
        for (; k >= 0; k--) {
            out += list[k].to;
            in += list[k].from;
            if (++index[k] < list[k].length) break;
            out -= list[k].to * list[k].length;
            in -= list[k].from * list[k].length;
            index[k] = 0;
        }
        if (k < 0) return;
    }
}

static inline bytes16 load(const uint8_t *from) {
    bytes16 value;
    memcpy(&value, from, 16);
    return value;
}

static size_t unshuffle2(uint8_t *to, const uint8_t *from, size_t count) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        bytes16 a = load(from + i), b = load(from + count + i);
        bytes16 out[2] = {low1(a, b), high1(a, b)};
        memcpy(to + i * 2, out, 32);
    }
    return i;
}

static size_t unshuffle4(uint8_t *to, const uint8_t *from, size_t count) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        bytes16 a[4], b[4];
        for (int k = 0; k < 4; k++) a[k] = load(from + count * (size_t)k + i);
        ROUND(1, 4, b, a)
        ROUND(1, 4, a, b)
        memcpy(to + i * 4, a, 64);
    }
    return i;
}

static size_t unshuffle8(uint8_t *to, const uint8_t *from, size_t count) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        bytes16 a[8], b[8];
        for (int k = 0; k < 8; k++) a[k] = load(from + count * (size_t)k + i);
        ROUND(1, 8, b, a)
        ROUND(1, 8, a, b)
        ROUND(1, 8, b, a)
        memcpy(to + i * 8, b, 128);
    }
    return i;
}

void ckernels_unshuffle(uint8_t *to, const uint8_t *from, size_t byte_count, size_t width) {
    if (width < 2) {
        memcpy(to, from, byte_count);
        return;
    }
    size_t count = byte_count / width, i = 0;
    if (width == 2) i = unshuffle2(to, from, count);
    if (width == 4) i = unshuffle4(to, from, count);
    if (width == 8) i = unshuffle8(to, from, count);
    for (; i < count; i++)
        for (size_t k = 0; k < width; k++) to[i * width + k] = from[k * count + i];
    memcpy(to + count * width, from + count * width, byte_count - count * width);
}

#define SWAP(TYPE, FUNCTION)                        \
    for (size_t i = 0; i < count; i++) {            \
        TYPE value;                                 \
        memcpy(&value, bytes + i * sizeof value, sizeof value); \
        value = FUNCTION(value);                    \
        memcpy(bytes + i * sizeof value, &value, sizeof value); \
    }

void ckernels_swap(void *values, size_t count, int width) {
    uint8_t *bytes = values;
    if (width == 2) SWAP(uint16_t, __builtin_bswap16)
    if (width == 4) SWAP(uint32_t, __builtin_bswap32)
    if (width == 8) SWAP(uint64_t, __builtin_bswap64)
}

static uint32_t float_bits(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = (half >> 10) & 31, fraction = half & 1023;
    if (exponent == 31) return sign | 0x7f800000u | fraction << 13;
    if (exponent) return sign | (exponent + 112) << 23 | fraction << 13;
    if (!fraction) return sign;
    uint32_t shift = (uint32_t)__builtin_clz(fraction) - 21;
    return sign | (113 - shift) << 23 | ((fraction << shift) & 1023) << 13;
}

void ckernels_half_to_float(float *to, const uint16_t *from, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint16_t half;
        memcpy(&half, from + i, 2);
        uint32_t bits = float_bits(half);
        memcpy(to + i, &bits, 4);
    }
}

int ckernels_lzf(uint8_t *to, size_t to_count, const uint8_t *from, size_t from_count) {
    size_t in = 0, out = 0;
    while (in < from_count) {
        size_t control = from[in++];
        if (control < 32) {
            size_t length = control + 1;
            if (length > from_count - in || length > to_count - out) return -1;
            memcpy(to + out, from + in, length);
            in += length;
            out += length;
            continue;
        }
        size_t length = control >> 5, back = (control & 31) << 8;
        if (length == 7) {
            if (in >= from_count) return -1;
            length += from[in++];
        }
        if (in >= from_count) return -1;
        back += (size_t)from[in++] + 1;
        length += 2;
        if (back > out || length > to_count - out) return -1;
        if (back >= length) {
            memcpy(to + out, to + out - back, length);
        } else {
            for (size_t k = 0; k < length; k++) to[out + k] = to[out + k - back];
        }
        out += length;
    }
    return out == to_count ? 0 : -1;
}

uint32_t ckernels_fletcher32(const uint8_t *bytes, size_t count) {
    uint32_t first = 0, second = 0;
    size_t pairs = count / 2;
    while (pairs) {
        size_t part = pairs > 360 ? 360 : pairs;
        pairs -= part;
        for (; part; part--, bytes += 2) {
            first += (uint32_t)bytes[0] << 8 | bytes[1];
            second += first;
        }
        first = (first & 0xffff) + (first >> 16);
        second = (second & 0xffff) + (second >> 16);
    }
    if (count % 2) {
        first += (uint32_t)bytes[0] << 8;
        second += first;
        first = (first & 0xffff) + (first >> 16);
        second = (second & 0xffff) + (second >> 16);
    }
    first = (first & 0xffff) + (first >> 16);
    second = (second & 0xffff) + (second >> 16);
    return second << 16 | first;
}
