// What the programs here have in common: they end with 0, or say on standard error why not. Everything that waits gives up after a while.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_SECONDS = 60 };

static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static void must(int ok, const char *what) {
    if (!ok)
        fail("%s: %s", what, strerror(errno));
}

// For those who watch the output: a line is theirs when it is printed.
static void say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

static inline time_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

// The whole of a file, which has this size already.
static inline void *map(const char *path, size_t length) {
    int fd = open(path, O_RDWR);
    must(fd >= 0, path);
    struct stat st;
    must(fstat(fd, &st) == 0, path);
    if ((size_t)st.st_size < length)
        fail("%s has %lld bytes only", path, (long long)st.st_size);
    void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    must(at != MAP_FAILED, "mmap");
    close(fd);
    return at;
}

// The compiler of the image has no atomics of its own. On x86 plain loads and stores have acquire and release order.
static inline uint64_t add(volatile uint64_t *at, uint64_t value) {
    __asm__ __volatile__("lock; xaddq %0, %1" : "+r"(value), "+m"(*at) : : "memory");
    return value;
}

// Returns when there is nothing to wait for any more; looks often at first, for the other side may run on another processor.
static inline void await(volatile uint64_t *at, uint64_t least, const char *what) {
    time_t start = now();
    for (unsigned n = 0; *at < least; n++) {
        if (n % 64 == 63)
            sched_yield();
        if (n % 65536 == 65535 && now() - start > PATIENCE_SECONDS)
            fail("%s: saw %llu, waited for %llu", what, (unsigned long long)*at, (unsigned long long)least);
    }
}
