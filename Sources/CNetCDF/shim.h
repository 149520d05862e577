#pragma once
#include <netcdf.h>

static inline int cnetcdf_global(void) { return NC_GLOBAL; }
