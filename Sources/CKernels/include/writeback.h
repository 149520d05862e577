#pragma once
#include <stdint.h>

/// Asks the kernel to start writing some bytes of a file to disk, without waiting; a hint that may do nothing.
void ck_start_writeback(int descriptor, int64_t offset, int64_t count);
