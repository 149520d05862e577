// The mixing of one element type, ELEMENT, known as NAME.

#define COUNT 16
#include "mix_run.h"
#define COUNT 8
#include "mix_run.h"
#define COUNT 4
#include "mix_run.h"
#define COUNT 1
#include "mix_run.h"

// Frame after frame: the sums that its mixes take, then the mixes, while they are in the first cache.
INLINE void OF(mix, NAME)(const cm_field *shared_field, const cm_window *shared_window, const mix_plan *shared_plan,
                          double eta, ELEMENT *values) {
    // Copies that nobody else can see need not be read again after each number that is stored.
    const cm_field own_field = *shared_field, *field = &own_field;
    const cm_window own_window = *shared_window, *window = &own_window;
    const mix_plan own_plan = *shared_plan, *plan = &own_plan;
    const size_t side = field->side, strips = field->channels * ((side + ROWS - 1) / ROWS);
    // The next strip of all frames is asked for piece by piece between the mixes, so that memory and processor work at once.
    const size_t pieces = window->frame_count * (window->patch_count / field->grid_columns);
    for (size_t strip = 0; strip < strips; strip++) {
        size_t channel, rows[ROWS], piece = 0, due = 0;
        rows_of_strip(field, strip, &channel, rows);
        for (size_t patch = 0; patch < window->patch_count; patch++)
            FOR_ROWS(r) plan->patches[patch].lines[r] = line_of(field, channel, plan->patches[patch].at, rows[r]);
#define MIX_RUN(COUNT)                                                                                                \
    for (size_t s = 0, d = 0; d < plan->draw_count;) {                                                                \
        const size_t t = plan->draws[d].frame;                                                                        \
        for (; s < plan->sum_count && plan->sums[s].last <= t; s++)                                                   \
            OF3(bring_up, NAME, COUNT)(field, window, &plan->sums[s], plan->patches, column);                         \
        for (; d < plan->draw_count && plan->draws[d].frame == t; d++) {                                              \
            OF3(run_mix, NAME, COUNT)(field, window, plan, &plan->draws[d], eta, channel, rows, column, values);      \
            for (due += pieces * COUNT; due >= side * plan->draw_count; due -= side * plan->draw_count)               \
                ask_ahead(field, window, strip + 1, piece++);                                                         \
        }                                                                                                             \
    }
        FOR_RUNS(side, MIX_RUN)
#undef MIX_RUN
    }
}

#undef NAME
#undef ELEMENT
