#pragma once
#include <stddef.h>
#include <stdint.h>

/// The element types, in the order of `ElementType.allCases`.
enum ck_element {
    CK_INT8, CK_UINT8, CK_INT16, CK_UINT16, CK_INT32, CK_UINT32, CK_INT64, CK_UINT64, CK_FLOAT32, CK_FLOAT64
};

/// Moments of the valid elements of one plane, in stored units.
typedef struct {
    uint64_t count;    // valid elements
    uint64_t missing;  // sentinels, NaN and infinities
    double least;      // +inf when count is 0
    double largest;    // -inf when count is 0
    double mean;
    double squares;    // sum of squared differences from the mean
} ck_moments;

/// Bins of the histogram of an element type: 256 for 8 bits, 1024 for 16 bits, 2048 for all others.
size_t ck_bin_count(int element);

/// The lower edge of a bin in stored units (-inf for the lowest bin of the wide types).
double ck_bin_edge(int element, size_t bin);

/// Moments of `count` elements, and their histogram added to `bins`.
///
/// `missing` holds `missing_count` stored values widened to 64 bits (bit patterns for floating point). Integer types of
/// up to 16 bits are summed exactly; the others in runs of 4096, each in two passes, merged in order. The result depends on
/// the elements alone: not on the machine's vector length nor on threads.
void ck_plane_moments(int element, const void *elements, size_t count, const uint64_t *missing, size_t missing_count,
                      ck_moments *result, uint64_t *bins);

/// Adds `other` to `total` (Chan, Golub and LeVeque 1979). Order matters in the last digit: merge in stored order.
void ck_merge_moments(ck_moments *total, const ck_moments *other);
