#pragma once
#include <stddef.h>
#include <stdint.h>

/// The element types, in the order of `ElementType.allCases`.
enum cm_element {
    CM_INT8, CM_UINT8, CM_INT16, CM_UINT16, CM_INT32, CM_UINT32, CM_INT64, CM_UINT64, CM_FLOAT32, CM_FLOAT64
};

/// How frames lie in memory (channel, row, column; packed) and how they fall into patches. A patch that reaches beyond the
/// last row or column reads that row or column again (METHOD.md 1.2).
typedef struct {
    int element;
    size_t channels, rows, columns;
    size_t side;                 // of a patch
    size_t grid_columns;         // patches side by side
    const uint64_t *missing;     // bit patterns that mean "no value", widened to 64 bits; NaN and infinities always do
    size_t missing_count;
} cm_field;

/// The weights of frames first ... last, where last is the frame that is changed.
typedef struct {
    size_t first, last;
    double kappa;                // frame j has weight kappa^(last - j), carried by recursion; only where `weights` is NULL
    const double *weights;       // by age, last - j
    double total;                // what the weights of one pixel add up to after scaling; 1 where they are normalised
    int is_convex;               // whether they add up to 1, so that nothing may leave the range of its sources
} cm_time;

/// One patch to be replaced, and its neighbours in ascending order: 1 ... 8 of them, and what they count.
typedef struct {
    uint32_t frame, patch;
    uint32_t place;              // its number among the results
    uint32_t count;
    uint32_t neighbours[8];
    double scaled[8];            // lambda by the scale of the weights of time
    double lambda[8];            // adds up to 1
} cm_draw;

/// The numbers that are worked on at once of a patch: two rows of 16.
enum { CM_SUMS = 32 };

/// A window whose patches are mixed.
typedef struct {
    const void *const *frames;
    size_t frame_count, patch_count;
    const cm_time *times;        // one a frame
    const uint8_t *needed;       // (frame, patch): whether some draw takes the patch's sum over time
    double *sums;                // room for CM_SUMS numbers a patch
} cm_window;

/// The new values of patches, in the field's element type, one after the other, channel, row, column.
///
/// Draws come frame by frame in ascending order.
///
/// The sum over time of a neighbour, for frame t:
///
///     S = x[first];  for j = first + 1 ... t:  S = S * kappa + x[j]                     without `weights`
///     S = weights[t - first] * x[first];  for j ...:  S = S + weights[t - j] * x[j]     with `weights`
///
///     z = scaled[0] * S[0] + scaled[1] * S[1] + …        from the left, each operation rounded to double
///     new = z where eta is 1, else (1 - eta) * own + eta * z
///
/// A missing own value stays. Where a source is missing the others' weights are scaled up to the same total; where all are,
/// or the new value would read as missing, the own value stays. Integers are rounded half to even and saturated.
///
/// Worked on a few pixels at a time, the same of all patches, so that all sums stay in the processor's first cache.
void cm_mix(const cm_field *field, const cm_window *window, const cm_draw *draws, size_t count, double eta, void *values);

/// Copies a patch out of a frame, bit for bit.
void cm_take(const cm_field *field, const void *frame, size_t patch, void *result);

/// Puts a patch's values into a frame, without the part beyond its last row and column.
void cm_paste(const cm_field *field, void *frame, size_t patch, const void *values);
