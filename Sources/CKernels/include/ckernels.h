#pragma once
#include "moments.h"
#include "writeback.h"
