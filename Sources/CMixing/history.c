#include "elements.h"

// Numbers as doubles; NaN where a sentinel says that one is missing.
#define NUMBERS(NAME, TYPE)                                                                                           \
    INLINE void numbers_##NAME(const cm_field *field, const TYPE *from, double *numbers, const size_t count) {        \
        for (size_t k = 0; k < count; k++) numbers[k] = (double)from[k];                                              \
        for (size_t m = 0; m < field->missing_count; m++) {                                                           \
            TYPE sentinel;                                                                                            \
            memcpy(&sentinel, &field->missing[m], sizeof sentinel);                                                   \
            for (size_t k = 0; k < count; k++)                                                                        \
                numbers[k] = memcmp(&sentinel, &from[k], sizeof sentinel) == 0 ? (double)NAN : numbers[k];            \
        }                                                                                                             \
    }
ELEMENTS(NUMBERS)

// One run of a row through time.
#define RUN_HISTORY(NAME, TYPE)                                                                                       \
    INLINE void run_history_##NAME(const cm_field *field, const void *const *frames, corner at, const cm_time *time,  \
                                   double *const *results, size_t channel, size_t row, size_t column, size_t place,   \
                                   const size_t count) {                                                              \
        double sum[RUN], number[RUN];                                                                                 \
        TYPE edge[RUN];                                                                                               \
        for (size_t j = time->first; j <= time->last; j++) {                                                          \
            const TYPE *from = row_##NAME(field, frames[j], channel, at, row, column, count, edge);                   \
            numbers_##NAME(field, from, number, count);                                                               \
            if (time->weights)                                                                                        \
                for (size_t k = 0; k < count; k++) number[k] = time->weights[time->last - j] * number[k];             \
            if (j == time->first)                                                                                     \
                for (size_t k = 0; k < count; k++) sum[k] = number[k];                                                \
            else if (time->weights)                                                                                   \
                for (size_t k = 0; k < count; k++) sum[k] = sum[k] + number[k];                                       \
            else                                                                                                      \
                for (size_t k = 0; k < count; k++) sum[k] = sum[k] * time->kappa + number[k];                         \
            if (results[j]) memcpy(results[j] + place, sum, count * sizeof(double));                                  \
        }                                                                                                             \
    }
ELEMENTS(RUN_HISTORY)

#define HISTORY(NAME, TYPE)                                                                                           \
    INLINE void history_##NAME(const cm_field *field, const void *const *frames, size_t patch, const cm_time *time,   \
                               double *const *results) {                                                              \
        const corner at = corner_of(field, patch);                                                                    \
        size_t place = 0;                                                                                             \
        for (size_t channel = 0; channel < field->channels; channel++)                                                \
            for (size_t row = 0; row < field->side; row++)                                                            \
                FOR_RUNS(field->side, HISTORY_RUN_##NAME)                                                             \
    }
#define HISTORY_RUN(NAME, COUNT)                                                                                      \
    run_history_##NAME(field, frames, at, time, results, channel, row, column, place, COUNT);                         \
    place += COUNT;
#define HISTORY_RUN_i8(COUNT) HISTORY_RUN(i8, COUNT)
#define HISTORY_RUN_u8(COUNT) HISTORY_RUN(u8, COUNT)
#define HISTORY_RUN_i16(COUNT) HISTORY_RUN(i16, COUNT)
#define HISTORY_RUN_u16(COUNT) HISTORY_RUN(u16, COUNT)
#define HISTORY_RUN_i32(COUNT) HISTORY_RUN(i32, COUNT)
#define HISTORY_RUN_u32(COUNT) HISTORY_RUN(u32, COUNT)
#define HISTORY_RUN_i64(COUNT) HISTORY_RUN(i64, COUNT)
#define HISTORY_RUN_u64(COUNT) HISTORY_RUN(u64, COUNT)
#define HISTORY_RUN_f32(COUNT) HISTORY_RUN(f32, COUNT)
#define HISTORY_RUN_f64(COUNT) HISTORY_RUN(f64, COUNT)
ELEMENTS(HISTORY)

CLONES void cm_history(const cm_field *field, const void *const *frames, size_t patch, const cm_time *time,
                       double *const *results) {
#define CALL(NAME, TYPE) history_##NAME(field, frames, patch, time, results)
    SWITCH(field->element, CALL)
#undef CALL
}
