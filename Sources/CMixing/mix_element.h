// The mixing of one element type, ELEMENT, known as NAME.

#define COUNT 16
#include "mix_run.h"
#define COUNT 8
#include "mix_run.h"
#define COUNT 4
#include "mix_run.h"
#define COUNT 1
#include "mix_run.h"

// Frame after frame: the sums of all patches, then the mixes that take them, while they are in the first cache.
INLINE void OF(mix, NAME)(const cm_field *shared_field, const cm_window *shared_window, patch_use *patches, int carried,
                          const cm_draw *draws, size_t draw_count, double eta, ELEMENT *values) {
    // Copies that nobody else can see need not be read again after each number that is stored.
    const cm_field own_field = *shared_field, *field = &own_field;
    const cm_window own_window = *shared_window, *window = &own_window;
    const size_t side = field->side, count = window->patch_count;
    for (size_t channel = 0; channel < field->channels; channel++)
        for (size_t row = 0; row < side; row += ROWS) {
            // The last one of an odd number is its own second.
            const size_t rows[ROWS] = {row, row + 1 < side ? row + 1 : row};
            for (size_t patch = 0; patch < count; patch++)
                for (size_t r = 0; r < ROWS; r++)
                    patches[patch].lines[r] = line_of(field, channel, patches[patch].at, rows[r]);
#define MIX_RUN(COUNT)                                                                                                \
    for (size_t t = 0, d = 0; d < draw_count; t++) {                                                                  \
        if (carried)                                                                                                  \
            OF3(carry_all, NAME, COUNT)(field, window, &window->times[t], patches, count, column);                    \
        else                                                                                                          \
            OF3(weigh_all, NAME, COUNT)(field, window, &window->times[t], patches, count, column);                    \
        for (; d < draw_count && draws[d].frame == t; d++)                                                            \
            OF3(run_mix, NAME, COUNT)(field, window, draws + d, &patches[draws[d].patch], eta, channel, rows, column, \
                                      values);                                                                        \
    }
            FOR_RUNS(side, MIX_RUN)
#undef MIX_RUN
        }
}

#undef NAME
#undef ELEMENT
