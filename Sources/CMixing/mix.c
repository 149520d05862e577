#include "elements.h"

#include <stdlib.h>

// One pixel with everything that can be in the way, as the header says it. Sums go in the same order as in `mix_run.h`, so that
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

// Where a patch begins, where its rows that are worked on do, and the last frame whose sum over time is needed of it; -1 where
// none is.
typedef struct {
    corner at;
    size_t lines[ROWS];
    int last;
} patch_use;

// What is done to whole runs, for each element type.
#define NAME i8
#define ELEMENT int8_t
#include "mix_element.h"
#define NAME u8
#define ELEMENT uint8_t
#include "mix_element.h"
#define NAME i16
#define ELEMENT int16_t
#include "mix_element.h"
#define NAME u16
#define ELEMENT uint16_t
#include "mix_element.h"
#define NAME i32
#define ELEMENT int32_t
#include "mix_element.h"
#define NAME u32
#define ELEMENT uint32_t
#include "mix_element.h"
#define NAME i64
#define ELEMENT int64_t
#include "mix_element.h"
#define NAME u64
#define ELEMENT uint64_t
#include "mix_element.h"
#define NAME f32
#define ELEMENT float
#include "mix_element.h"
#define NAME f64
#define ELEMENT double
#include "mix_element.h"

CLONES static void mix(const cm_field *field, const cm_window *window, patch_use *patches, int carried,
                       const cm_draw *draws, size_t count, double eta, void *values) {
#define CALL(NAME, TYPE) mix_##NAME(field, window, patches, carried, draws, count, eta, values)
    SWITCH(field->element, CALL)
#undef CALL
}

void cm_mix(const cm_field *field, const cm_window *window, const cm_draw *draws, size_t count, double eta, void *values) {
    if (eta == 0) {
        const size_t size = field->channels * field->side * field->side * cm_widths[field->element];
        for (size_t d = 0; d < count; d++)
            cm_take(field, window->frames[draws[d].frame], draws[d].patch, (uint8_t *)values + draws[d].place * size);
        return;
    }
    patch_use *patches = malloc(window->patch_count * sizeof(patch_use));
    if (!patches) abort();
    int carried = 1;
    for (size_t t = 0; t < window->frame_count; t++)
        carried &= window->times[t].weights == NULL && window->times[t].first == 0;
    for (size_t patch = 0; patch < window->patch_count; patch++) {
        patches[patch] = (patch_use){.at = corner_of(field, patch), .last = -1};
        for (size_t t = 0; t < window->frame_count; t++)
            if (window->needed[t * window->patch_count + patch]) patches[patch].last = (int)t;
    }
    mix(field, window, patches, carried, draws, count, eta, values);
    free(patches);
}
