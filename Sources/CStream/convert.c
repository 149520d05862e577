#include "cstream.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif
#define INLINE static inline __attribute__((always_inline))

// Bits of an element, widened to 64.
#define BITS_OF(NAME, TYPE, UNSIGNED) \
    INLINE uint64_t bits_##NAME(TYPE value) { return (uint64_t)(int64_t)value; }
BITS_OF(i8, int8_t, uint8_t)
BITS_OF(u8, uint8_t, uint8_t)
BITS_OF(i16, int16_t, uint16_t)
BITS_OF(u16, uint16_t, uint16_t)
BITS_OF(i32, int32_t, uint32_t)
BITS_OF(u32, uint32_t, uint32_t)
BITS_OF(i64, int64_t, uint64_t)
INLINE uint64_t bits_u64(uint64_t value) { return value; }
INLINE uint64_t bits_f32(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return bits;
}
INLINE uint64_t bits_f64(double value) {
    uint64_t bits;
    memcpy(&bits, &value, 8);
    return bits;
}

// Missing whatever the field says: NaN and infinities.
#define ALWAYS_FINITE(NAME, TYPE) \
    INLINE int lost_##NAME(TYPE value) { return 0; }
ALWAYS_FINITE(i8, int8_t)
ALWAYS_FINITE(u8, uint8_t)
ALWAYS_FINITE(i16, int16_t)
ALWAYS_FINITE(u16, uint16_t)
ALWAYS_FINITE(i32, int32_t)
ALWAYS_FINITE(u32, uint32_t)
ALWAYS_FINITE(i64, int64_t)
ALWAYS_FINITE(u64, uint64_t)
INLINE int lost_f32(float value) { return !(__builtin_fabsf(value) <= 3.4028234663852886e38f); }
INLINE int lost_f64(double value) { return !(__builtin_fabs(value) <= 1.7976931348623157e308); }

#define ELEMENTS(EACH) \
    EACH(i8, int8_t) EACH(u8, uint8_t) EACH(i16, int16_t) EACH(u16, uint16_t) EACH(i32, int32_t) EACH(u32, uint32_t) \
    EACH(i64, int64_t) EACH(u64, uint64_t) EACH(f32, float) EACH(f64, double)

// A sentinel in the element's own type, so that comparing costs no widening.
#define SENTINEL(NAME, TYPE)                                      \
    INLINE TYPE sentinel_##NAME(uint64_t bits) {                  \
        TYPE value;                                               \
        memcpy(&value, &bits, sizeof value); /* little-endian */  \
        return value;                                             \
    }                                                             \
    INLINE int same_##NAME(TYPE value, TYPE other) { return memcmp(&value, &other, sizeof value) == 0; }
ELEMENTS(SENTINEL)

#define IS_MISSING(NAME, TYPE)                                                              \
    INLINE int missing_##NAME(TYPE value, const cs_layout *layout) {                        \
        if (lost_##NAME(value)) return 1;                                                   \
        for (size_t k = 0; k < layout->missing_count; k++)                                  \
            if (bits_##NAME(value) == layout->missing[k]) return 1;                         \
        return 0;                                                                           \
    }
ELEMENTS(IS_MISSING)

// One run of elements by the affine rule. No fused multiply-add: the target is built without contraction.
#define AFFINE_RUN(NAME, TYPE)                                                                                        \
    INLINE void affine_##NAME(const cs_layout *layout, const void *source, float *result, size_t count, float a,      \
                              float b) {                                                                              \
        const TYPE *from = source;                                                                                    \
        const float fill = layout->fill;                                                                              \
        if (layout->missing_count == 0) {                                                                             \
            for (size_t k = 0; k < count; k++) {                                                                      \
                float value = (float)from[k] * a + b;                                                                 \
                result[k] = lost_##NAME(from[k]) ? fill : value;                                                      \
            }                                                                                                         \
        } else if (layout->missing_count == 1) {                                                                      \
            const TYPE sentinel = sentinel_##NAME(layout->missing[0]);                                                \
            for (size_t k = 0; k < count; k++) {                                                                      \
                float value = (float)from[k] * a + b;                                                                 \
                result[k] = (lost_##NAME(from[k]) | same_##NAME(from[k], sentinel)) ? fill : value;                   \
            }                                                                                                         \
        } else {                                                                                                      \
            for (size_t k = 0; k < count; k++) {                                                                      \
                float value = (float)from[k] * a + b;                                                                 \
                result[k] = missing_##NAME(from[k], layout) ? fill : value;                                           \
            }                                                                                                         \
        }                                                                                                             \
    }
ELEMENTS(AFFINE_RUN)

INLINE double log_of(const cs_layout *layout, double value, size_t channel) {
    double physical = value * layout->scales[channel] + layout->offsets[channel];
    physical = physical > 0 ? physical : 0;
    return layout->shift == 1 ? log1p(physical) : log(physical + layout->shift);
}

#define LOG_RUN(NAME, TYPE)                                                                                        \
    static void log_##NAME(const cs_layout *layout, const void *source, float *result, size_t count, size_t channel) { \
        const TYPE *from = source;                                                                                 \
        for (size_t k = 0; k < count; k++)                                                                         \
            result[k] = missing_##NAME(from[k], layout) ? layout->fill                                             \
                                                        : (float)log_of(layout, (double)from[k], channel);         \
    }                                                                                                              \
    static void mask_##NAME(const cs_layout *layout, const void *source, uint8_t *mask, size_t count) {            \
        const TYPE *from = source;                                                                                 \
        for (size_t k = 0; k < count; k++) mask[k] = !missing_##NAME(from[k], layout);                             \
    }
ELEMENTS(LOG_RUN)

#define SWITCH(ELEMENT, CALL)              \
    switch (ELEMENT) {                     \
    case CS_INT8: CALL(i8, int8_t); break;   \
    case CS_UINT8: CALL(u8, uint8_t); break; \
    case CS_INT16: CALL(i16, int16_t); break; \
    case CS_UINT16: CALL(u16, uint16_t); break; \
    case CS_INT32: CALL(i32, int32_t); break; \
    case CS_UINT32: CALL(u32, uint32_t); break; \
    case CS_INT64: CALL(i64, int64_t); break; \
    case CS_UINT64: CALL(u64, uint64_t); break; \
    case CS_FLOAT32: CALL(f32, float); break; \
    default: CALL(f64, double); break;     \
    }

CLONES static void affine_run(const cs_layout *layout, const void *source, float *result, size_t count, float a, float b) {
#define CALL(NAME, TYPE) affine_##NAME(layout, source, result, count, a, b)
    SWITCH(layout->element, CALL)
#undef CALL
}

static void log_run(const cs_layout *layout, const void *source, float *result, size_t count, size_t channel) {
    if (layout->table && layout->element <= CS_UINT8) {
        const uint8_t *from = source;
        const float *table = layout->table + (channel << 8);
        for (size_t k = 0; k < count; k++) result[k] = table[from[k]];
        return;
    }
    if (layout->table) {
        const uint16_t *from = source;
        const float *table = layout->table + (channel << 16);
        for (size_t k = 0; k < count; k++) result[k] = table[from[k]];
        return;
    }
#define CALL(NAME, TYPE) log_##NAME(layout, source, result, count, channel)
    SWITCH(layout->element, CALL)
#undef CALL
}

void cs_fill_tables(const cs_layout *layout, float *tables) {
    cs_layout plain = *layout;
    plain.table = NULL;
    size_t bits = layout->element <= CS_UINT8 ? 8 : 16, count = (size_t)1 << bits;
    for (size_t channel = 0; channel < layout->channels; channel++)
        for (size_t value = 0; value < count; value++) {
            uint16_t stored = (uint16_t)value;
            log_run(&plain, &stored, tables + (channel << bits) + value, 1, channel);
        }
}

static void mask_run(const cs_layout *layout, const void *source, uint8_t *mask, size_t count) {
#define CALL(NAME, TYPE) mask_##NAME(layout, source, mask, count)
    SWITCH(layout->element, CALL)
#undef CALL
}

static const uint8_t widths[] = {1, 1, 2, 2, 4, 4, 8, 8, 4, 8};

// B = -0 where nothing is added: x + -0 is x, the sign of zero too.
static float addend(double scale, double offset) {
    return (float)scale == 1 && (float)offset == 0 ? -0.0f : (float)offset;
}

static void value_run(const cs_layout *layout, const void *source, float *result, size_t count, size_t channel) {
    if (layout->rule == CS_LOG)
        log_run(layout, source, result, count, channel);
    else
        affine_run(layout, source, result, count, (float)layout->scales[channel],
                   addend(layout->scales[channel], layout->offsets[channel]));
}

typedef float lane __attribute__((vector_size(64)));
enum { BLOCK = 2048 };

// Block by block through the first-level cache, then past all caches: nothing reads `result` before it has left them.
static void value_run_past_cache(const cs_layout *layout, const uint8_t *source, float *result, size_t count,
                                 size_t channel) {
    const size_t width = widths[layout->element];
    size_t front = (64 - ((uintptr_t)result & 63)) / 4 % 16;
    if (front > count) front = count;
    value_run(layout, source, result, front, channel);
    size_t done = front;
    _Alignas(64) float block[BLOCK];
    while (count - done >= 16) {
        size_t part = count - done < BLOCK ? (count - done) & ~(size_t)15 : BLOCK;
        value_run(layout, source + done * width, block, part, channel);
        for (size_t k = 0; k < part; k += 16)
            __builtin_nontemporal_store(*(const lane *)(block + k), (lane *)(result + done + k));
        done += part;
    }
    value_run(layout, source + done * width, result + done, count - done, channel);
}

static void plane(const cs_layout *layout, const uint8_t *source, float *result, uint8_t *mask, size_t channel) {
    const size_t width = widths[layout->element];
    size_t runs = layout->crop_rows, length = layout->crop_columns;
    if (length == layout->columns) {
        length *= runs;
        runs = 1;
    }
    source += (layout->crop_row * layout->columns + layout->crop_column) * width;
    for (size_t run = 0; run < runs; run++) {
        if (layout->past_cache)
            value_run_past_cache(layout, source, result, length, channel);
        else
            value_run(layout, source, result, length, channel);
        if (mask) {
            mask_run(layout, source, mask, length);
            mask += length;
        }
        source += layout->columns * width;
        result += length;
    }
}

INLINE double mix(double first, double second, double share) {
    return share == 0 ? first : first * (1 - share) + second * share;
}

// First along the row, then down; contributors of no weight are not looked at, a missing one makes the cell missing.
#define RESIZED(NAME, TYPE)                                                                                         \
    static void resized_##NAME(const cs_layout *layout, const uint8_t *source, float *result, uint8_t *mask,        \
                               size_t channel) {                                                                    \
        const TYPE *from = (const TYPE *)source + layout->crop_row * layout->columns + layout->crop_column;         \
        for (size_t row = 0; row < layout->target_rows; row++) {                                                    \
            const cs_tap down = layout->row_taps[row];                                                              \
            const TYPE *upper = from + (size_t)down.first * layout->columns;                                        \
            const TYPE *lower = from + (size_t)down.second * layout->columns;                                       \
            for (size_t column = 0; column < layout->target_columns; column++) {                                    \
                const cs_tap right = layout->column_taps[column];                                                   \
                int lost = missing_##NAME(upper[right.first], layout);                                              \
                double top = (double)upper[right.first], bottom = 0;                                                \
                if (right.share > 0) {                                                                              \
                    lost |= missing_##NAME(upper[right.second], layout);                                            \
                    top = mix(top, (double)upper[right.second], right.share);                                       \
                }                                                                                                   \
                if (down.share > 0) {                                                                               \
                    lost |= missing_##NAME(lower[right.first], layout);                                             \
                    bottom = (double)lower[right.first];                                                            \
                    if (right.share > 0) {                                                                          \
                        lost |= missing_##NAME(lower[right.second], layout);                                        \
                        bottom = mix(bottom, (double)lower[right.second], right.share);                             \
                    }                                                                                               \
                }                                                                                                   \
                double value = mix(top, bottom, down.share);                                                        \
                double changed = layout->rule == CS_LOG                                                             \
                    ? log_of(layout, value, channel)                                                                \
                    : value * layout->scales[channel] + layout->offsets[channel];                                   \
                *result++ = lost ? layout->fill : (float)changed;                                                   \
                if (mask) *mask++ = !lost;                                                                          \
            }                                                                                                       \
        }                                                                                                           \
    }
ELEMENTS(RESIZED)

void cs_convert(const cs_layout *layout, const void *source, size_t frames, float *result, uint8_t *mask) {
    const uint8_t *from = source;
    const size_t stored = layout->rows * layout->columns * widths[layout->element];
    const size_t target = layout->target_rows * layout->target_columns;
    for (size_t frame = 0; frame < frames; frame++)
        for (size_t channel = 0; channel < layout->channels; channel++) {
            if (layout->row_taps) {
#define CALL(NAME, TYPE) resized_##NAME(layout, from, result, mask, channel)
                SWITCH(layout->element, CALL)
#undef CALL
            } else {
                plane(layout, from, result, mask, channel);
            }
            from += stored;
            result += target;
            if (mask) mask += target;
        }
}
