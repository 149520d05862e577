#include "message.h"
#include <stdarg.h>
#include <stdio.h>

int cpictures_say(char *message, int status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, CPICTURES_MESSAGE, format, arguments);
    va_end(arguments);
    return status;
}
