#pragma once
#include "cmixing.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif
#define OF(STEM, NAME) OF_(STEM, NAME)
#define OF_(STEM, NAME) STEM##_##NAME
#define OF3(STEM, NAME, COUNT) OF3_(STEM, NAME, COUNT)
#define OF3_(STEM, NAME, COUNT) STEM##_##NAME##_##COUNT

// The unsigned type as wide as another one.
#define BITS(TYPE)                                                                                                    \
    __typeof__(__builtin_choose_expr(                                                                                 \
        sizeof(TYPE) == 1, (uint8_t)0,                                                                                \
        __builtin_choose_expr(sizeof(TYPE) == 2, (uint16_t)0,                                                         \
                              __builtin_choose_expr(sizeof(TYPE) == 4, (uint32_t)0, (uint64_t)0))))

#define INLINE static inline __attribute__((always_inline))
#define OUTSIDE static __attribute__((noinline))

#define ELEMENTS(EACH)                                                                                                \
    EACH(i8, int8_t) EACH(u8, uint8_t) EACH(i16, int16_t) EACH(u16, uint16_t) EACH(i32, int32_t) EACH(u32, uint32_t)   \
    EACH(i64, int64_t) EACH(u64, uint64_t) EACH(f32, float) EACH(f64, double)

#define SWITCH(ELEMENT, CALL)                                                                                         \
    switch (ELEMENT) {                                                                                                \
    case CM_INT8: CALL(i8, int8_t); break;                                                                            \
    case CM_UINT8: CALL(u8, uint8_t); break;                                                                          \
    case CM_INT16: CALL(i16, int16_t); break;                                                                         \
    case CM_UINT16: CALL(u16, uint16_t); break;                                                                       \
    case CM_INT32: CALL(i32, int32_t); break;                                                                         \
    case CM_UINT32: CALL(u32, uint32_t); break;                                                                       \
    case CM_INT64: CALL(i64, int64_t); break;                                                                         \
    case CM_UINT64: CALL(u64, uint64_t); break;                                                                       \
    case CM_FLOAT32: CALL(f32, float); break;                                                                         \
    default: CALL(f64, double); break;                                                                                \
    }

static const uint8_t cm_widths[] = {1, 1, 2, 2, 4, 4, 8, 8, 4, 8};

INLINE int is_finite(double value) { return fabs(value) <= 1.7976931348623157e308; }

// Whether a number reads as missing; for integers the sentinels alone decide. Little-endian, as all stored numbers.
#define MISSING(NAME, TYPE)                                                                                           \
    INLINE int missing_##NAME(const cm_field *field, TYPE value) {                                                    \
        int found = !is_finite((double)value);                                                                        \
        for (size_t k = 0; k < field->missing_count; k++)                                                             \
            found |= memcmp(&field->missing[k], &value, sizeof value) == 0;                                           \
        return found;                                                                                                 \
    }
ELEMENTS(MISSING)

// Half to even, saturated. The limits are the nearest doubles inside the type, or 2^63 and 2^64, which saturate.
#define NARROW(NAME, TYPE, LEAST, LARGEST)                                                                            \
    INLINE TYPE narrow_##NAME(double value) {                                                                         \
        double whole = rint(value);                                                                                   \
        whole = whole >= LEAST ? whole : LEAST;                                                                       \
        return whole <= LARGEST ? (TYPE)whole : (TYPE)LARGEST;                                                        \
    }
NARROW(i8, int8_t, -0x1p7, 0x1.fcp6)
NARROW(u8, uint8_t, 0.0, 0x1.fep7)
NARROW(i16, int16_t, -0x1p15, 0x1.fffcp14)
NARROW(u16, uint16_t, 0.0, 0x1.fffep15)
NARROW(i32, int32_t, -0x1p31, 0x1.fffffffcp30)
NARROW(u32, uint32_t, 0.0, 0x1.fffffffep31)
INLINE int64_t narrow_i64(double value) {
    double whole = rint(value);
    whole = whole >= -0x1p63 ? whole : -0x1p63;
    return whole < 0x1p63 ? (int64_t)whole : INT64_MAX;
}
INLINE uint64_t narrow_u64(double value) {
    double whole = rint(value);
    whole = whole >= 0 ? whole : 0;
    return whole < 0x1p64 ? (uint64_t)whole : UINT64_MAX;
}
INLINE float narrow_f32(double value) { return (float)value; }
INLINE double narrow_f64(double value) { return value; }

// Rows are worked on in runs of 16, 8, 4 and 1 columns, which are whole vectors, two rows at a time.
enum { RUN = 16, ROWS = CM_SUMS / RUN };
// Bytes that memory gives at once.
enum { LINE = 64 };
#define FOR_ROWS(ROW) _Pragma("clang loop unroll(full)") for (size_t ROW = 0; ROW < ROWS; ROW++)
#define FOR_RUNS(SIDE, BODY)                                                                                          \
    for (size_t column = 0; column < (SIDE);) {                                                                       \
        const size_t rest = (SIDE) - column;                                                                          \
        if (rest >= 16) {                                                                                             \
            BODY(16)                                                                                                  \
            column += 16;                                                                                             \
        } else if (rest >= 8) {                                                                                       \
            BODY(8)                                                                                                   \
            column += 8;                                                                                              \
        } else if (rest >= 4) {                                                                                       \
            BODY(4)                                                                                                   \
            column += 4;                                                                                              \
        } else {                                                                                                      \
            BODY(1)                                                                                                   \
            column += 1;                                                                                              \
        }                                                                                                             \
    }

// Where a patch begins.
typedef struct {
    size_t top, left;
} corner;

INLINE corner corner_of(const cm_field *field, size_t patch) {
    return (corner){patch / field->grid_columns * field->side, patch % field->grid_columns * field->side};
}

// Where a row of a patch lies in a frame: the first element of its line.
INLINE size_t line_of(const cm_field *field, size_t channel, corner at, size_t row) {
    row += at.top;
    return (channel * field->rows + (row < field->rows ? row : field->rows - 1)) * field->columns;
}

// `count` elements of row `row` of a patch from column `column` on: in place, or in `edge` where the patch is cut off.
#define ROW(NAME, TYPE)                                                                                               \
    INLINE const TYPE *row_##NAME(const cm_field *field, const void *frame, size_t channel, corner at, size_t row,    \
                                  size_t column, const size_t count, TYPE *edge) {                                    \
        column += at.left;                                                                                            \
        const TYPE *line = (const TYPE *)frame + line_of(field, channel, at, row);                                    \
        if (column + count <= field->columns) return line + column;                                                   \
        for (size_t k = 0; k < count; k++)                                                                            \
            edge[k] = line[column + k < field->columns ? column + k : field->columns - 1];                            \
        return edge;                                                                                                  \
    }
ELEMENTS(ROW)
