#pragma once
#include <stddef.h>
#include <stdint.h>

/// The element types, in the order of `ElementType.allCases`.
enum cs_element {
    CS_INT8, CS_UINT8, CS_INT16, CS_UINT16, CS_INT32, CS_UINT32, CS_INT64, CS_UINT64, CS_FLOAT32, CS_FLOAT64
};

/// What becomes of a stored value; StreamOrder.md, "Values".
enum cs_rule {
    CS_AFFINE,    // float32(x) * a + b, each rounded
    CS_LOG,       // ln(max(0, x * scale + offset) + shift), in double, rounded once
};

/// Two neighbouring source positions and the share of the second.
typedef struct {
    int32_t first, second;
    double share;
} cs_tap;

/// From stored frames (channel, row, column) of one field to float32.
typedef struct {
    int32_t element;
    int32_t rule;
    size_t channels, rows, columns;                     // of the stored grid
    size_t crop_row, crop_column, crop_rows, crop_columns;  // the part that is taken
    const double *scales, *offsets;                     // a channel: A and B (CS_AFFINE), scale and offset (CS_LOG)
    double shift;                                       // CS_LOG: 1 is log1p
    const uint64_t *missing;                            // stored values widened to 64 bits (bit patterns of floating point)
    size_t missing_count;
    float fill;                                         // for missing elements
    const float *table;                                 // CS_LOG of 8 and 16 bits: 2^bits values a channel; else NULL
    const cs_tap *row_taps, *column_taps;               // of the crop; NULL without a resize
    size_t target_rows, target_columns;                 // the crop's without a resize
    int32_t past_cache;                                 // write around the caches: for batches that are larger than those
} cs_layout;

/// Converts `frames` frames that lie one behind the other.
///
/// `result` (frame, channel, row, column) of the target grid; `mask` the same or NULL: 1 where an element is not missing.
void cs_convert(const cs_layout *layout, const void *source, size_t frames, float *result, uint8_t *mask);

/// `cs_convert` of bytes that lie in a map of a file. Returns 0, or 1 where the file has become shorter than its map.
int cs_convert_mapped(const cs_layout *layout, const void *source, size_t frames, float *result, uint8_t *mask);

/// The bytes of a map, copied. Returns as `cs_convert_mapped`.
int cs_copy_mapped(void *to, const void *from, size_t count);

/// Fills the tables of CS_LOG for a type of at most 16 bits: `channels` times 2^bits values.
void cs_fill_tables(const cs_layout *layout, float *tables);

/// Catches SIGBUS for the calls above; every other goes to who handled it before. Cheap; call before each batch.
void cs_guard(void);
