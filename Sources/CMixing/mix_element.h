// The mixing of one element type, ELEMENT, known as NAME.

#define COUNT 16
#include "mix_run.h"
#define COUNT 8
#include "mix_run.h"
#define COUNT 4
#include "mix_run.h"
#define COUNT 1
#include "mix_run.h"

// The same run of all patches: first the sums, then the mixes.
INLINE void OF(mix, NAME)(const cm_field *shared_field, const cm_window *shared_window, const patch_use *patches,
                          int carried, const cm_draw *draws, size_t draw_count, double eta, ELEMENT *values) {
    // Copies that nobody else can see need not be read again after each number that is stored.
    const cm_field own_field = *shared_field, *field = &own_field;
    const cm_window own_window = *shared_window, *window = &own_window;
    const size_t side = field->side, size = field->channels * side * side;
    size_t place = 0;
    for (size_t channel = 0; channel < field->channels; channel++)
        for (size_t row = 0; row < side; row++)
#define MIX_RUN(COUNT)                                                                                                \
    for (size_t patch = 0; patch < window->patch_count; patch++)                                                      \
        if (patches[patch].last >= 0)                                                                                 \
            OF3(run_sums, NAME, COUNT)(field, window, patch, &patches[patch], carried, channel, row, column);         \
    for (size_t d = 0; d < draw_count; d++)                                                                           \
        OF3(run_mix, NAME, COUNT)(field, window, draws + d, patches[draws[d].patch].at, eta, channel, row, column,    \
                                  values + d * size + place);                                                         \
    place += COUNT;
            FOR_RUNS(side, MIX_RUN)
#undef MIX_RUN
}

#undef NAME
#undef ELEMENT
