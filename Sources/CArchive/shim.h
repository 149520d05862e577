#pragma once
#include <archive.h>
#include <archive_entry.h>
// zlib itself for gzip: libarchive does not compare the checksum at the end.
#include <zlib.h>
