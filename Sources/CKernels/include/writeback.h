#pragma once
#include <stdint.h>

/// Asks the kernel to start writing some bytes of a file to disk, without waiting; a hint that may do nothing.
void ck_start_writeback(int descriptor, int64_t offset, int64_t count);

/// Opens an existing file for writing past the page cache; -1 where the file system cannot.
int ck_open_direct(const char *path);
