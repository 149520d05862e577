#pragma once
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Calls that Swift cannot see: variadic ones, macros, and those that need _GNU_SOURCE, whose constants are part of
   Linux's own interface and never change. */
enum {
    cprocess_mfd_cloexec = 1,
    cprocess_mfd_allow_sealing = 2,
    cprocess_f_add_seals = 1033,
    cprocess_f_seal_seal = 1,
    cprocess_f_seal_shrink = 2,
    cprocess_f_seal_grow = 4,
    cprocess_sched_batch = 3,
    cprocess_madv_collapse = 25
};

static inline int cprocess_memory_file(const char *name) {
    return (int)syscall(SYS_memfd_create, name, cprocess_mfd_cloexec | cprocess_mfd_allow_sealing);
}
/* Puts large pages behind a range that nobody has written to yet, whatever the system's rule for shared memory (Linux 6.1 and
   later); where that cannot be had, the pages stay small. */
static inline void cprocess_gather(void *start, size_t count) {
    for (size_t offset = 0; offset < count; offset += 2 << 20) ((volatile char *)start)[offset] = 0;
    (void)madvise(start, count, cprocess_madv_collapse);
}
/* The size can be changed no more, by anyone. */
static inline int cprocess_seal_size(int fd) {
    return fcntl(fd, cprocess_f_add_seals, cprocess_f_seal_shrink | cprocess_f_seal_grow | cprocess_f_seal_seal);
}
static inline int cprocess_pipe(int ends[2]) { return (int)syscall(SYS_pipe2, ends, O_CLOEXEC); }
/* A copy of a descriptor with a number of at least `least`, closed on exec. */
static inline int cprocess_copy(int fd, int least) { return fcntl(fd, F_DUPFD_CLOEXEC, least); }
static inline int cprocess_set_nonblocking(int fd) {
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}
static inline int cprocess_is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }
/* SCHED_BATCH, or SCHED_OTHER where `yields` is 0, for the calling thread and those that it starts. */
static inline int cprocess_yield_when_woken(int yields) {
    struct sched_param none = {0};
    return sched_setscheduler(0, yields ? cprocess_sched_batch : SCHED_OTHER, &none);
}
static inline int cprocess_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);
static inline int cprocess_close_from(posix_spawn_file_actions_t *actions, int from) {
    return posix_spawn_file_actions_addclosefrom_np(actions, from);
}

enum cprocess_limit { cprocess_data, cprocess_cpu, cprocess_file_size, cprocess_core, cprocess_files };
/* Sets the soft limit; the hard one too where `hard` is not 0. Never raises a hard limit. */
static inline int cprocess_set_limit(enum cprocess_limit which, unsigned long long value, int hard) {
    static const int names[] = {RLIMIT_DATA, RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_CORE, RLIMIT_NOFILE};
    struct rlimit limit;
    if (getrlimit(names[which], &limit) != 0) return -1;
    if (value > limit.rlim_max) value = limit.rlim_max;
    limit.rlim_cur = value;
    if (hard) limit.rlim_max = value;
    return setrlimit(names[which], &limit);
}
static inline unsigned long long cprocess_cpu_seconds(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
    return (unsigned long long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + 1;
}

static inline int cprocess_was_signalled(int status) { return WIFSIGNALED(status); }
static inline int cprocess_signal(int status) { return WTERMSIG(status); }
static inline int cprocess_exit_code(int status) { return WEXITSTATUS(status); }
