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

// Where a patch begins, its rows that are worked on, and the frame up to which its sum over time has been taken.
typedef struct {
    corner at;
    size_t lines[ROWS];
    uint32_t next;
} patch_place;

// The sum over time of a patch, brought up to frame `last`, which some draw takes: frames from `first` on are added.
typedef struct {
    uint32_t patch, first, last;
} patch_sum;

// All that is done to each strip of a window, frame by frame.
typedef struct {
    patch_place *patches;
    patch_sum *sums;
    size_t sum_count;
    const cm_draw *draws;
    size_t draw_count;
} mix_plan;

// The rows of a strip: two neighbours of one channel; the last one of an odd number is its own second.
INLINE void rows_of_strip(const cm_field *field, size_t strip, size_t *channel, size_t *rows) {
    const size_t strips = (field->side + ROWS - 1) / ROWS;
    *channel = strip / strips;
    FOR_ROWS(r) {
        const size_t row = strip % strips * ROWS + r;
        rows[r] = row < field->side ? row : field->side - 1;
    }
}

// Asks for a piece of a strip: its rows of a row of patches of a frame.
INLINE void ask_ahead(const cm_field *field, const cm_window *window, size_t strip, size_t piece) {
    size_t channel, rows[ROWS];
    rows_of_strip(field, strip, &channel, rows);
    if (channel == field->channels) return;
    const size_t grid_rows = window->patch_count / field->grid_columns, width = cm_widths[field->element];
    const corner at = {piece % grid_rows * field->side, 0};
    const uint8_t *line = (const uint8_t *)window->frames[piece / grid_rows] + line_of(field, channel, at, rows[0]) * width;
    for (size_t byte = 0; byte < (rows[ROWS - 1] - rows[0] + 1) * field->columns * width; byte += LINE)
        __builtin_prefetch(line + byte, 0, 2);
}

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

CLONES static void mix(const cm_field *field, const cm_window *window, const mix_plan *plan, double eta, void *values) {
#define CALL(NAME, TYPE) mix_##NAME(field, window, plan, eta, values)
    SWITCH(field->element, CALL)
#undef CALL
}

// Lists the sums that draws take. One that needs no weights is carried on from where it was taken before.
static void list_sums(const cm_window *window, mix_plan *plan) {
    const size_t count = window->patch_count;
    for (size_t t = 0; t < window->frame_count; t++) {
        const cm_time *time = &window->times[t];
        for (size_t patch = 0; patch < count; patch++) {
            if (!window->needed[t * count + patch]) continue;
            const int is_carried = time->weights == NULL && time->first == 0;
            const uint32_t first = is_carried ? plan->patches[patch].next : (uint32_t)time->first;
            plan->sums[plan->sum_count++] = (patch_sum){(uint32_t)patch, first, (uint32_t)t};
            plan->patches[patch].next = is_carried ? (uint32_t)t + 1 : 0;
        }
    }
}

void cm_mix(const cm_field *field, const cm_window *window, const cm_draw *draws, size_t count, double eta, void *values) {
    if (eta == 0) {
        const size_t size = field->channels * field->side * field->side * cm_widths[field->element];
        for (size_t d = 0; d < count; d++)
            cm_take(field, window->frames[draws[d].frame], draws[d].patch, (uint8_t *)values + draws[d].place * size);
        return;
    }
    if (count == 0) return;
    const size_t patches = window->patch_count;
    patch_place *places = malloc(patches * (sizeof(patch_place) + window->frame_count * sizeof(patch_sum)));
    if (!places) abort();
    for (size_t patch = 0; patch < patches; patch++) places[patch] = (patch_place){.at = corner_of(field, patch)};
    mix_plan plan = {places, (patch_sum *)(places + patches), 0, draws, count};
    list_sums(window, &plan);
    mix(field, window, &plan, eta, values);
    free(places);
}
