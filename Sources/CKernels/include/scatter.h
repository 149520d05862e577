#pragma once
#include <stddef.h>
#include <stdint.h>

/// Copies a box of at most 16 axes between two arrays of any axis order. Lengths and strides are in elements; `width` is
/// the size of one element: 1, 2, 4 or 8 bytes. Blocked, so that a transposition reads and writes whole cache lines.
void ckernels_scatter(void *to, const int64_t *to_strides, const void *from, const int64_t *from_strides,
                      const int64_t *lengths, int axes, int width);

/// Undoes HDF5's shuffle: `from` holds all first bytes, then all second bytes …; bytes beyond count * width are copied.
void ckernels_unshuffle(uint8_t *to, const uint8_t *from, size_t byte_count, size_t width);

/// Reverses the bytes of each element of 2, 4 or 8 bytes, in place.
void ckernels_swap(void *values, size_t count, int width);

/// IEEE half precision to single precision, exact; NaN keeps its payload's upper bits.
void ckernels_half_to_float(float *to, const uint16_t *from, size_t count);

/// LZF. Returns 0 where exactly `to_count` bytes came out of exactly `from_count`, else -1; never reads or writes outside.
int ckernels_lzf(uint8_t *to, size_t to_count, const uint8_t *from, size_t from_count);

/// The checksum of HDF5's filter 3.
uint32_t ckernels_fletcher32(const uint8_t *bytes, size_t count);
