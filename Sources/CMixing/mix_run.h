// What is done at once to COUNT neighbouring elements of type ELEMENT, known as NAME. Vectors are written out: loops over arrays of
// this length come out of the compiler in pieces. They are handed on by address, as how they are passed depends on the processor.

#define RUN_OF(STEM) OF3(STEM, NAME, COUNT)

typedef ELEMENT RUN_OF(elements) __attribute__((vector_size(COUNT * sizeof(ELEMENT)), aligned(sizeof(ELEMENT))));
typedef BITS(ELEMENT) RUN_OF(bits) __attribute__((vector_size(COUNT * sizeof(ELEMENT)), aligned(sizeof(ELEMENT))));
typedef double RUN_OF(numbers) __attribute__((vector_size(COUNT * sizeof(double)), aligned(sizeof(double))));
typedef int64_t RUN_OF(marks) __attribute__((vector_size(COUNT * sizeof(double)), aligned(sizeof(double))));

// Elements of a line from a column on; beyond the last column, that one again.
INLINE void RUN_OF(load)(const cm_field *field, const ELEMENT *line, size_t column, RUN_OF(elements) *result) {
    if (column + COUNT <= field->columns) {
        *result = *(const RUN_OF(elements) *)(line + column);
        return;
    }
    for (size_t k = 0; k < COUNT; k++)
        (*result)[k] = line[column + k < field->columns ? column + k : field->columns - 1];
}

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

// Whether some of two runs read as missing.
INLINE int RUN_OF(any_missing)(const cm_field *field, const RUN_OF(elements) *one, const RUN_OF(elements) *other) {
    // Zero, but where they are NaN or infinite.
    const RUN_OF(elements) zero = (*one - *one) + (*other - *other);
    int found = __builtin_reduce_or(zero != (RUN_OF(elements)){0}) != 0;
    for (size_t m = 0; m < field->missing_count; m++)
        found |= __builtin_reduce_or(IS_SENTINEL(*one, m) | IS_SENTINEL(*other, m)) != 0;
    return found;
}

// The sums over time of a run of one patch, each weighed anew.
INLINE void RUN_OF(weigh)(const cm_field *field, const cm_window *window, const int32_t *places, int last, size_t line,
                          size_t column) {
    RUN_OF(numbers) sum = {0}, number;
    for (int t = 0; t <= last; t++) {
        const int32_t place = places[t * window->patch_count];
        if (place < 0) continue;
        const cm_time *time = &window->times[t];
        for (size_t j = time->first; j <= time->last; j++) {
            const double factor = time->weights ? time->weights[time->last - j] : 1;
            const double decay = time->weights ? 1 : time->kappa;
            RUN_OF(read)(field, (const ELEMENT *)window->frames[j] + line, column, &number);
            number = factor * number;
            sum = j == time->first ? number : sum * decay + number;
        }
        *(RUN_OF(numbers) *)(window->sums + (size_t)place * RUN) = sum;
    }
}

// The same carried from frame to frame, where they follow from one another.
INLINE void RUN_OF(carry)(const cm_field *field, const cm_window *window, const int32_t *places, int last, size_t line,
                          size_t column, const int is_plain) {
    const double kappa = window->times[0].kappa;
    RUN_OF(numbers) sum = {0}, number;
    for (int t = 0; t <= last; t++, places += window->patch_count) {
        const ELEMENT *from = (const ELEMENT *)window->frames[t] + line;
        // The next row is wanted when all patches have had this one.
        __builtin_prefetch(from + column + field->columns, 0, 2);
        if (is_plain)
            number = __builtin_convertvector(*(const RUN_OF(elements) *)(from + column), RUN_OF(numbers));
        else
            RUN_OF(read)(field, from, column, &number);
        sum = t == 0 ? number : sum * kappa + number;
        if (*places >= 0) *(RUN_OF(numbers) *)(window->sums + (size_t)*places * RUN) = sum;
    }
}

INLINE void RUN_OF(run_sums)(const cm_field *field, const cm_window *window, size_t patch, const patch_use *use,
                             int carried, size_t channel, size_t row, size_t column) {
    const size_t line = line_of(field, channel, use->at, row), left = use->at.left + column;
    const int32_t *places = window->places + patch;
    if (!carried)
        RUN_OF(weigh)(field, window, places, use->last, line, left);
    else if (left + COUNT <= field->columns && field->missing_count == 0)
        RUN_OF(carry)(field, window, places, use->last, line, left, 1);
    else
        RUN_OF(carry)(field, window, places, use->last, line, left, 0);
}

// Rounds to the element type.
INLINE void RUN_OF(narrow)(const RUN_OF(numbers) *from, RUN_OF(elements) *result) {
    if ((ELEMENT)0.5 != 0) {
        *result = __builtin_convertvector(*from, RUN_OF(elements));
        return;
    }
    for (size_t k = 0; k < COUNT; k++) (*result)[k] = OF(narrow, NAME)((*from)[k]);
}

// The new values of a run of one patch, by pixel where something is missing.
INLINE void RUN_OF(run_mix)(const cm_field *field, const cm_window *window, const cm_draw *draw, corner at, double eta,
                            size_t channel, size_t row, size_t column, ELEMENT *result) {
    const cm_time *time = &window->times[draw->frame];
    const ELEMENT *line = (const ELEMENT *)window->frames[draw->frame] + line_of(field, channel, at, row);
    RUN_OF(elements) own, mixed;
    RUN_OF(load)(field, line, at.left + column, &own);
    RUN_OF(numbers) z = draw->scaled[0] * *(const RUN_OF(numbers) *)(window->sums + (size_t)draw->places[0] * RUN);
    for (size_t q = 1; q < draw->count; q++)
        z = z + draw->scaled[q] * *(const RUN_OF(numbers) *)(window->sums + (size_t)draw->places[q] * RUN);
    // Sums are finite unless a source is missing; narrower floating point shows that itself.
    int odd = 0;
    if (sizeof(ELEMENT) == 8 || field->missing_count > 0)
        odd = __builtin_reduce_or(z - z != (RUN_OF(numbers)){0}) != 0;
    if (eta < 1) z = (1 - eta) * __builtin_convertvector(own, RUN_OF(numbers)) + eta * z;
    RUN_OF(narrow)(&z, &mixed);
    *(RUN_OF(elements) *)result = mixed;
    if (sizeof(ELEMENT) == 8 && time->is_convex && !odd) {
        OF(bound, NAME)(field, window->frames, time, draw, eta < 1 ? (const ELEMENT *)&own : NULL, channel, row, column,
                        COUNT, result);
        mixed = *(const RUN_OF(elements) *)result;
    }
    if (odd | RUN_OF(any_missing)(field, &own, &mixed)) {
        const cm_field whole = *field;
        for (size_t k = 0; k < COUNT; k++)
            result[k] = OF(pixel, NAME)(&whole, window->frames, draw, time, eta, channel, row, column + k);
    }
}

#undef IS_SENTINEL
#undef RUN_OF
#undef COUNT
