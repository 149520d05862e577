#pragma once
#include "moments.h"
