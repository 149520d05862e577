#include "cstream.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>

// The range of a map that this thread reads just now, and where to go when a page of it is not there.
typedef struct {
    sigjmp_buf back;
    uintptr_t begin, end;
    volatile sig_atomic_t is_active, is_passing;
} watch;

static _Thread_local watch own __attribute__((tls_model("initial-exec")));
static struct sigaction before;

static void on_bus_error(int number, siginfo_t *info, void *context) {
    uintptr_t place = (uintptr_t)info->si_addr;
    if (own.is_active && place >= own.begin && place < own.end) {
        own.is_active = 0;
        siglongjmp(own.back, 1);
    }
    // Not ours. A handler that comes back here in a circle ends the process as if there were none.
    if (!own.is_passing && (before.sa_flags & SA_SIGINFO) && before.sa_sigaction) {
        own.is_passing = 1;
        before.sa_sigaction(number, info, context);
        own.is_passing = 0;
        return;
    }
    if (!own.is_passing && before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
        own.is_passing = 1;
        before.sa_handler(number);
        own.is_passing = 0;
        return;
    }
    // A fault comes again by itself; a signal that somebody sent does not.
    signal(SIGBUS, SIG_DFL);
    if (info->si_code <= 0) raise(number);
}

void cs_guard(void) {
    struct sigaction now;
    sigaction(SIGBUS, NULL, &now);
    if ((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == on_bus_error) return;
    before = now;
    struct sigaction handler = {0};
    handler.sa_sigaction = on_bus_error;
    // Not held back while it runs: it is left by a jump that restores no mask.
    handler.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
    sigemptyset(&handler.sa_mask);
    sigaction(SIGBUS, &handler, NULL);
}

static void watch_range(const void *begin, size_t count) {
    own.begin = (uintptr_t)begin & ~(uintptr_t)4095;
    own.end = (uintptr_t)begin + count;
    own.is_active = 1;
}

static const uint8_t widths[] = {1, 1, 2, 2, 4, 4, 8, 8, 4, 8};

int cs_convert_mapped(const cs_layout *layout, const void *source, size_t frames, float *result, uint8_t *mask) {
    if (sigsetjmp(own.back, 0)) return 1;
    watch_range(source, frames * layout->channels * layout->rows * layout->columns * widths[layout->element]);
    cs_convert(layout, source, frames, result, mask);
    own.is_active = 0;
    return 0;
}

int cs_copy_mapped(void *to, const void *from, size_t count) {
    if (sigsetjmp(own.back, 0)) return 1;
    watch_range(from, count);
    memcpy(to, from, count);
    own.is_active = 0;
    return 0;
}
