#include "elements.h"

#include <stdlib.h>

// One pixel with everything that can be in the way, as the header says it. Sums go in the same order as in `run_mix`, so that
// both give the same bits where nothing is missing.
#define PIXEL(NAME, TYPE)                                                                                             \
    OUTSIDE TYPE pixel_##NAME(const cm_field *field, const void *const *frames, const cm_draw *draw,                   \
                             const cm_time *time, double eta, size_t channel, size_t row, size_t column) {            \
        TYPE edge;                                                                                                    \
        const corner here = corner_of(field, draw->patch);                                                            \
        const TYPE own = *row_##NAME(field, frames[time->last], channel, here, row, column, 1, &edge);                \
        if (missing_##NAME(field, own)) return own;                                                                   \
        double z = 0, numerator = 0, denominator = 0;                                                                 \
        TYPE least = own, largest = own;                                                                              \
        int bounded = eta < 1, lost = 0;                                                                              \
        for (size_t q = 0; q < draw->count; q++) {                                                                    \
            double value = 0, weight = 0;                                                                             \
            const corner there = corner_of(field, draw->neighbours[q]);                                               \
            for (size_t j = time->first; j <= time->last; j++) {                                                      \
                TYPE x = *row_##NAME(field, frames[j], channel, there, row, column, 1, &edge);                        \
                int gone = missing_##NAME(field, x);                                                                  \
                double number = gone ? 0 : (double)x, present = !gone;                                                \
                double factor = time->weights ? time->weights[time->last - j] : 1;                                    \
                number = time->weights ? factor * number : number;                                                    \
                present = factor * present;                                                                           \
                double decay = time->weights ? 1 : time->kappa;                                                       \
                value = j == time->first ? number : value * decay + number;                                           \
                weight = j == time->first ? present : weight * decay + present;                                       \
                lost |= gone;                                                                                         \
                if (gone) continue;                                                                                   \
                least = !bounded || x < least ? x : least;                                                            \
                largest = !bounded || x > largest ? x : largest;                                                      \
                bounded = 1;                                                                                          \
            }                                                                                                         \
            z = q == 0 ? draw->scaled[q] * value : z + draw->scaled[q] * value;                                       \
            numerator += draw->lambda[q] * value;                                                                     \
            denominator += draw->lambda[q] * weight;                                                                  \
        }                                                                                                             \
        if (lost && !(denominator > 0)) return own;                                                                   \
        if (lost) z = numerator / denominator * time->total;                                                          \
        if (eta < 1) z = (1 - eta) * (double)own + eta * z;                                                           \
        TYPE result = narrow_##NAME(z);                                                                               \
        if (time->is_convex) {                                                                                        \
            result = result >= least ? result : least;                                                                \
            result = result <= largest ? result : largest;                                                            \
        }                                                                                                             \
        return missing_##NAME(field, result) ? own : result;                                                          \
    }
ELEMENTS(PIXEL)

// A double sum may leave the range of its sources in the last digit. Rounding to a narrower type takes that back; numbers of
// eight bytes are drawn back to the range.
#define BOUND(NAME, TYPE)                                                                                             \
    INLINE void bound_##NAME(const cm_field *field, const void *const *frames, const cm_time *time,                   \
                             const cm_draw *draw, const TYPE *own, size_t channel, size_t row, size_t column,         \
                             const size_t count, TYPE *result) {                                                      \
        TYPE least[RUN], largest[RUN], edge[RUN];                                                                     \
        for (size_t q = 0; q < draw->count; q++) {                                                                    \
            const corner there = corner_of(field, draw->neighbours[q]);                                               \
            for (size_t j = time->first; j <= time->last; j++) {                                                      \
                const TYPE *x = row_##NAME(field, frames[j], channel, there, row, column, count, edge);               \
                const TYPE *start = own ? own : x;                                                                    \
                if (q == 0 && j == time->first) memcpy(least, start, count * sizeof(TYPE));                           \
                if (q == 0 && j == time->first) memcpy(largest, start, count * sizeof(TYPE));                         \
                for (size_t k = 0; k < count; k++) {                                                                  \
                    least[k] = x[k] < least[k] ? x[k] : least[k];                                                     \
                    largest[k] = x[k] > largest[k] ? x[k] : largest[k];                                               \
                }                                                                                                     \
            }                                                                                                         \
        }                                                                                                             \
        for (size_t k = 0; k < count; k++) {                                                                          \
            TYPE value = result[k] >= least[k] ? result[k] : least[k];                                                \
            result[k] = value <= largest[k] ? value : largest[k];                                                     \
        }                                                                                                             \
    }
BOUND(i64, int64_t)
BOUND(u64, uint64_t)
BOUND(f64, double)
#define bound_i8(...)
#define bound_u8(...)
#define bound_i16(...)
#define bound_u16(...)
#define bound_i32(...)
#define bound_u32(...)
#define bound_f32(...)

#define ANY_MISSING(NAME, TYPE)                                                                                       \
    INLINE int any_missing_##NAME(const cm_field *field, const TYPE *values, const size_t count) {                    \
        int found = 0;                                                                                                \
        for (size_t k = 0; k < count; k++) found |= !is_finite((double)values[k]);                                    \
        for (size_t m = 0; m < field->missing_count; m++) {                                                           \
            TYPE sentinel;                                                                                            \
            memcpy(&sentinel, &field->missing[m], sizeof sentinel);                                                   \
            for (size_t k = 0; k < count; k++) found |= memcmp(&sentinel, &values[k], sizeof sentinel) == 0;          \
        }                                                                                                             \
        return found;                                                                                                 \
    }
ELEMENTS(ANY_MISSING)

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

// The sums over time of one run of one patch: carried from frame to frame where they follow from one another.
#define RUN_SUMS(NAME, TYPE)                                                                                          \
    INLINE void run_sums_##NAME(const cm_field *field, const cm_window *window, size_t patch, int last, int carried,  \
                                size_t channel, size_t row, size_t column, const size_t count) {                      \
        const corner at = corner_of(field, patch);                                                                    \
        const double kappa = window->times[0].kappa;                                                                  \
        double sum[RUN], number[RUN];                                                                                 \
        TYPE edge[RUN];                                                                                               \
        for (int t = 0; t <= last; t++) {                                                                             \
            const int32_t place = window->places[t * window->patch_count + patch];                                    \
            if (carried) {                                                                                            \
                numbers_##NAME(field, row_##NAME(field, window->frames[t], channel, at, row, column, count, edge),    \
                               number, count);                                                                        \
                for (size_t k = 0; k < count; k++) sum[k] = t == 0 ? number[k] : sum[k] * kappa + number[k];          \
            } else if (place >= 0) {                                                                                  \
                const cm_time *time = &window->times[t];                                                              \
                for (size_t j = time->first; j <= time->last; j++) {                                                  \
                    const double factor = time->weights ? time->weights[time->last - j] : 1;                          \
                    const double decay = time->weights ? 1 : kappa;                                                   \
                    numbers_##NAME(field, row_##NAME(field, window->frames[j], channel, at, row, column, count, edge),\
                                   number, count);                                                                    \
                    for (size_t k = 0; k < count; k++) number[k] = factor * number[k];                                \
                    for (size_t k = 0; k < count; k++)                                                                \
                        sum[k] = j == time->first ? number[k] : sum[k] * decay + number[k];                           \
                }                                                                                                     \
            }                                                                                                         \
            if (place >= 0) memcpy(window->sums + (size_t)place * RUN, sum, count * sizeof(double));                  \
        }                                                                                                             \
    }
ELEMENTS(RUN_SUMS)

// Returns whether a value of the run needs `pixel`.
#define RUN_MIX(NAME, TYPE)                                                                                           \
    INLINE int run_mix_##NAME(const cm_field *field, const cm_window *window, const cm_draw *draw, double eta,        \
                              size_t channel, size_t row, size_t column, const size_t count, TYPE *result) {          \
        double z[RUN];                                                                                                \
        TYPE edge[RUN];                                                                                               \
        const cm_time *time = &window->times[draw->frame];                                                            \
        const int32_t *places = window->places + draw->frame * window->patch_count;                                   \
        const corner at = corner_of(field, draw->patch);                                                              \
        const TYPE *own = row_##NAME(field, window->frames[draw->frame], channel, at, row, column, count, edge);      \
        const double *sum = window->sums + (size_t)places[draw->neighbours[0]] * RUN;                                 \
        for (size_t k = 0; k < count; k++) z[k] = draw->scaled[0] * sum[k];                                           \
        for (size_t q = 1; q < draw->count; q++) {                                                                    \
            sum = window->sums + (size_t)places[draw->neighbours[q]] * RUN;                                           \
            for (size_t k = 0; k < count; k++) z[k] = z[k] + draw->scaled[q] * sum[k];                                \
        }                                                                                                             \
        int odd = 0;                                                                                                  \
        for (size_t k = 0; k < count; k++) odd |= !is_finite(z[k]);                                                   \
        if (eta < 1)                                                                                                  \
            for (size_t k = 0; k < count; k++) z[k] = (1 - eta) * (double)own[k] + eta * z[k];                        \
        for (size_t k = 0; k < count; k++) result[k] = narrow_##NAME(z[k]);                                           \
        if (sizeof(TYPE) == 8 && time->is_convex && !odd) {                                                           \
            bound_##NAME(field, window->frames, time, draw, eta < 1 ? own : NULL, channel, row, column, count,        \
                         result);                                                                                     \
        }                                                                                                             \
        return odd | any_missing_##NAME(field, own, count) | any_missing_##NAME(field, result, count);                \
    }
ELEMENTS(RUN_MIX)

// The same run of all patches: first the sums, then the mixes.
#define MIX(NAME, TYPE)                                                                                               \
    INLINE void mix_##NAME(const cm_field *field, const cm_window *window, const int *lasts, int carried,             \
                           const cm_draw *draws, size_t draw_count, double eta, TYPE *values) {                       \
        const size_t side = field->side, size = field->channels * side * side;                                        \
        size_t place = 0;                                                                                             \
        for (size_t channel = 0; channel < field->channels; channel++)                                                \
            for (size_t row = 0; row < side; row++)                                                                   \
                FOR_RUNS(side, MIX_RUN_##NAME)                                                                        \
    }
#define MIX_RUN(NAME, COUNT)                                                                                          \
    for (size_t patch = 0; patch < window->patch_count; patch++)                                                      \
        if (lasts[patch] >= 0)                                                                                        \
            run_sums_##NAME(field, window, patch, lasts[patch], carried, channel, row, column, COUNT);                \
    for (size_t d = 0; d < draw_count; d++)                                                                           \
        if (run_mix_##NAME(field, window, draws + d, eta, channel, row, column, COUNT, values + d * size + place))    \
            for (size_t k = 0; k < COUNT; k++)                                                                        \
                values[d * size + place + k] =                                                                        \
                    pixel_##NAME(field, window->frames, draws + d, &window->times[draws[d].frame], eta, channel, row, \
                                 column + k);                                                                         \
    place += COUNT;
#define MIX_RUN_i8(COUNT) MIX_RUN(i8, COUNT)
#define MIX_RUN_u8(COUNT) MIX_RUN(u8, COUNT)
#define MIX_RUN_i16(COUNT) MIX_RUN(i16, COUNT)
#define MIX_RUN_u16(COUNT) MIX_RUN(u16, COUNT)
#define MIX_RUN_i32(COUNT) MIX_RUN(i32, COUNT)
#define MIX_RUN_u32(COUNT) MIX_RUN(u32, COUNT)
#define MIX_RUN_i64(COUNT) MIX_RUN(i64, COUNT)
#define MIX_RUN_u64(COUNT) MIX_RUN(u64, COUNT)
#define MIX_RUN_f32(COUNT) MIX_RUN(f32, COUNT)
#define MIX_RUN_f64(COUNT) MIX_RUN(f64, COUNT)
ELEMENTS(MIX)

CLONES static void mix(const cm_field *field, const cm_window *window, const int *lasts, int carried,
                       const cm_draw *draws, size_t count, double eta, void *values) {
#define CALL(NAME, TYPE) mix_##NAME(field, window, lasts, carried, draws, count, eta, values)
    SWITCH(field->element, CALL)
#undef CALL
}

void cm_mix(const cm_field *field, const cm_window *window, const cm_draw *draws, size_t count, double eta, void *values) {
    if (eta == 0) {
        const size_t size = field->channels * field->side * field->side * cm_widths[field->element];
        for (size_t d = 0; d < count; d++)
            cm_take(field, window->frames[draws[d].frame], draws[d].patch, (uint8_t *)values + d * size);
        return;
    }
    // For each patch, the last frame whose sum is needed.
    int *lasts = malloc(window->patch_count * sizeof(int));
    if (!lasts) abort();
    int carried = 1;
    for (size_t t = 0; t < window->frame_count; t++)
        carried &= window->times[t].weights == NULL && window->times[t].first == 0;
    for (size_t patch = 0; patch < window->patch_count; patch++) {
        lasts[patch] = -1;
        for (size_t t = 0; t < window->frame_count; t++)
            if (window->places[t * window->patch_count + patch] >= 0) lasts[patch] = (int)t;
    }
    mix(field, window, lasts, carried, draws, count, eta, values);
    free(lasts);
}
