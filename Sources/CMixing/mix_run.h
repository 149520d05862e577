// What is done at once to COUNT neighbouring elements of type ELEMENT, known as NAME. Vectors are written out: loops over arrays
// of this length come out of the compiler in pieces. They are handed on by address, as how they are passed depends on the
// processor.

#define RUN_OF(STEM) OF3(STEM, NAME, COUNT)

typedef ELEMENT RUN_OF(elements) __attribute__((vector_size(COUNT * sizeof(ELEMENT)), aligned(sizeof(ELEMENT))));
typedef BITS(ELEMENT) RUN_OF(bits) __attribute__((vector_size(COUNT * sizeof(ELEMENT)), aligned(sizeof(ELEMENT))));
typedef double RUN_OF(numbers) __attribute__((vector_size(COUNT * sizeof(double)), aligned(sizeof(double))));
typedef int64_t RUN_OF(marks) __attribute__((vector_size(COUNT * sizeof(double)), aligned(sizeof(double))));

// The sum over time of a run of one patch.
INLINE RUN_OF(numbers) *RUN_OF(sum)(const cm_window *window, size_t patch, size_t row) {
    return (RUN_OF(numbers) *)(window->sums + (patch * ROWS + row) * RUN);
}

// Elements of a line from a column on; beyond the last column, that one again.
INLINE void RUN_OF(load)(const cm_field *field, const ELEMENT *line, size_t column, RUN_OF(elements) *result) {
    if (column + COUNT <= field->columns) {
        *result = *(const RUN_OF(elements) *)(line + column);
        return;
    }
    for (size_t k = 0; k < COUNT; k++)
        (*result)[k] = line[column + k < field->columns ? column + k : field->columns - 1];
}

// Whether a comparison holds somewhere.
typedef _Bool RUN_OF(flags) __attribute__((ext_vector_type(COUNT)));
#define ANY(COMPARISON) __builtin_reduce_or(__builtin_convertvector(COMPARISON, RUN_OF(flags)))

// Where a sentinel stands.
#define IS_SENTINEL(FROM, NUMBER)                                                                                     \
    ((RUN_OF(bits))(FROM) == (RUN_OF(bits)){0} + (BITS(ELEMENT))field->missing[NUMBER])

// The same as doubles; NaN where a sentinel says that one is missing.
INLINE void RUN_OF(read)(const cm_field *field, const ELEMENT *line, size_t column, RUN_OF(numbers) *result) {
    RUN_OF(elements) from;
    RUN_OF(load)(field, line, column, &from);
    *result = __builtin_convertvector(from, RUN_OF(numbers));
    for (size_t m = 0; m < field->missing_count; m++) {
        const RUN_OF(marks) lost = __builtin_convertvector(IS_SENTINEL(from, m), RUN_OF(marks));
        const RUN_OF(marks) nan = (RUN_OF(marks))((RUN_OF(numbers)){0} + (double)NAN);
        *result = (RUN_OF(numbers))(((RUN_OF(marks))*result & ~lost) | (nan & lost));
    }
}

// Whether one of two runs reads as missing somewhere.
INLINE int RUN_OF(any_missing)(const cm_field *field, const RUN_OF(elements) *one, const RUN_OF(elements) *other) {
    // Zero, but where they are NaN or infinite.
    const RUN_OF(elements) zero = (*one - *one) + (*other - *other);
    int found = (ELEMENT)0.5 != 0 && ANY(zero != (RUN_OF(elements)){0});
    for (size_t m = 0; m < field->missing_count; m++) found |= ANY(IS_SENTINEL(*one, m) | IS_SENTINEL(*other, m));
    return found;
}

// The sum over time of runs of one patch, brought up to a frame.
INLINE void RUN_OF(bring_up)(const cm_field *field, const cm_window *window, const patch_sum *goal,
                             const patch_place *patches, size_t column) {
    const cm_time *time = &window->times[goal->last];
    const patch_place *place = &patches[goal->patch];
    const size_t left = place->at.left + column;
    const int is_plain = left + COUNT <= field->columns && field->missing_count == 0 && time->weights == NULL;
    RUN_OF(numbers) sums[ROWS], number;
    FOR_ROWS(r) sums[r] = *RUN_OF(sum)(window, goal->patch, r);
    if (is_plain) {
        const double kappa = time->kappa;
        for (size_t j = goal->first; j <= goal->last; j++) {
            const ELEMENT *frame = (const ELEMENT *)window->frames[j] + left;
            FOR_ROWS(r) {
                number = __builtin_convertvector(*(const RUN_OF(elements) *)(frame + place->lines[r]), RUN_OF(numbers));
                sums[r] = j == time->first ? number : sums[r] * kappa + number;
            }
        }
    } else {
        for (size_t j = goal->first; j <= goal->last; j++) {
            const double factor = time->weights ? time->weights[time->last - j] : 1;
            const double decay = time->weights ? 1 : time->kappa;
            FOR_ROWS(r) {
                RUN_OF(read)(field, (const ELEMENT *)window->frames[j] + place->lines[r], left, &number);
                number = factor * number;
                sums[r] = j == time->first ? number : sums[r] * decay + number;
            }
        }
    }
    FOR_ROWS(r) *RUN_OF(sum)(window, goal->patch, r) = sums[r];
}

// Rounds to the element type.
INLINE void RUN_OF(narrow)(const RUN_OF(numbers) *from, RUN_OF(elements) *result) {
    if ((ELEMENT)0.5 != 0) {
        *result = __builtin_convertvector(*from, RUN_OF(elements));
        return;
    }
    for (size_t k = 0; k < COUNT; k++) (*result)[k] = OF(narrow, NAME)((*from)[k]);
}

// The new values of runs of one patch, by pixel where something is missing.
INLINE void RUN_OF(run_mix)(const cm_field *field, const cm_window *window, const mix_plan *plan, const cm_draw *draw,
                            double eta, size_t channel, const size_t *rows, size_t column, ELEMENT *values) {
    const patch_place *place = &plan->patches[draw->patch];
    const cm_time *time = &window->times[draw->frame];
    ELEMENT *results[ROWS];
    RUN_OF(numbers) z[ROWS];
    // Sums are finite unless a source is missing; narrower floating point shows that itself.
    int odd = 0;
    FOR_ROWS(r) z[r] = draw->scaled[0] * *RUN_OF(sum)(window, draw->neighbours[0], r);
    for (size_t q = 1; q < draw->count; q++)
        FOR_ROWS(r) z[r] = z[r] + draw->scaled[q] * *RUN_OF(sum)(window, draw->neighbours[q], r);
    FOR_ROWS(r) {
        const ELEMENT *line = (const ELEMENT *)window->frames[draw->frame] + place->lines[r];
        RUN_OF(elements) own, mixed;
        RUN_OF(load)(field, line, place->at.left + column, &own);
        results[r] = values + ((draw->place * field->channels + channel) * field->side + rows[r]) * field->side + column;
        if (sizeof(ELEMENT) == 8 || field->missing_count > 0) odd |= ANY(z[r] - z[r] != (RUN_OF(numbers)){0});
        if (eta < 1) z[r] = (1 - eta) * __builtin_convertvector(own, RUN_OF(numbers)) + eta * z[r];
        RUN_OF(narrow)(&z[r], &mixed);
        *(RUN_OF(elements) *)results[r] = mixed;
        if (sizeof(ELEMENT) == 8 && time->is_convex) {
            OF(bound, NAME)(field, window->frames, time, draw, eta < 1 ? (const ELEMENT *)&own : NULL, channel, rows[r],
                            column, COUNT, results[r]);
            mixed = *(const RUN_OF(elements) *)results[r];
        }
        odd |= RUN_OF(any_missing)(field, &own, &mixed);
    }
    if (odd) {
        const cm_field whole = *field;
        FOR_ROWS(r)
            for (size_t k = 0; k < COUNT; k++)
                results[r][k] = OF(pixel, NAME)(&whole, window->frames, draw, time, eta, channel, rows[r], column + k);
    }
}

#undef ANY
#undef IS_SENTINEL
#undef RUN_OF
#undef COUNT
