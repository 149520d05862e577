#pragma once
#include "include/cpictures.h"

/// Writes a sentence into a message of CPICTURES_MESSAGE bytes; gives `status` back.
__attribute__((format(printf, 3, 4)))
int cpictures_say(char *message, int status, const char *format, ...);
