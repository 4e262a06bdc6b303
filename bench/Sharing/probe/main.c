// What the benchmark does in a guest by plain calls: katanet-probe COMMAND PATH ARGUMENT...; each figure is a line of its own.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RANGE (2ul << 20)
#define BLOCK 4096

static void fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static volatile unsigned char *map(const char *path, size_t length)
{
    int fd = open(path, O_RDWR);
    if (fd < 0)
        fail(path);
    void *p = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        fail("mmap");
    close(fd);
    return p;
}

// touch FILE RANGES ROUNDS: stores into RANGES ranges of 2 MiB in order, ROUNDS times: milliseconds of each.
static void touch(const char *path, size_t ranges, size_t rounds)
{
    volatile unsigned char *p = map(path, ranges * RANGE);
    for (size_t i = 0; i < rounds * ranges; i++) {
        double start = now();
        p[i % ranges * RANGE]++;
        printf("%.3f\n", now() - start);
    }
}

// scan FILE BYTES read|map: reads all of it once, and shows /proc/meminfo while it is still open or mapped.
static void scan(const char *path, size_t length, int mapped)
{
    static char block[1 << 20];
    int fd = open(path, O_RDONLY);
    if (mapped) {
        volatile unsigned char *p = map(path, length);
        for (size_t at = 0; at < length; at += BLOCK)
            (void)p[at];
    } else {
        for (size_t at = 0; at < length; at += sizeof block)
            if (pread(fd, block, sizeof block, (off_t)at) != sizeof block)
                fail(path);
    }
    int memory = open("/proc/meminfo", O_RDONLY);
    ssize_t n = read(memory, block, sizeof block);
    if (fd < 0 || n <= 0)
        fail("/proc/meminfo");
    fwrite(block, 1, (size_t)n, stdout);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void call(int kind, const char *file, int direct, void *buffer, size_t i)
{
    struct stat st;
    char name[32];
    int fd;
    switch (kind) {
    case 0:
        if (stat(file, &st))
            fail("stat");
        return;
    case 1:
        fd = open(file, O_RDONLY);
        break;
    case 2:
        if (pread(direct, buffer, BLOCK, (off_t)(i % 256) * BLOCK) != BLOCK)
            fail("pread");
        return;
    default:
        snprintf(name, sizeof name, "new-%zu", i);
        fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0644);
    }
    if (fd < 0 || close(fd))
        fail("open");
}

// calls FOLDER N: median microseconds of stat, open with close, reading 4 KiB with O_DIRECT, and create with close, on its file "file" of 1 MiB.
static void calls(const char *path, size_t n)
{
    static const char *names[] = { "stat", "open-close", "read", "create" };
    double *times = malloc(n * sizeof *times);
    void *buffer = NULL;
    if (chdir(path))
        fail(path);
    int direct = open("file", O_RDONLY | O_DIRECT);
    if (direct < 0 || !times || posix_memalign(&buffer, BLOCK, BLOCK))
        fail("file");
    for (int kind = 0; kind < 4; kind++) {
        for (size_t i = 0; i < n; i++) {
            double start = now();
            call(kind, "file", direct, buffer, i);
            times[i] = now() - start;
        }
        qsort(times, n, sizeof *times, compare);
        printf("%s %.1f\n", names[kind], times[n / 2] * 1e3);
    }
    for (size_t i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "new-%zu", i);
        if (unlink(name))
            fail(name);
    }
}

int main(int argc, char **argv)
{
    size_t number = argc > 3 ? strtoull(argv[3], NULL, 0) : 0;
    if (argc == 5 && !strcmp(argv[1], "touch"))
        touch(argv[2], number, strtoull(argv[4], NULL, 0));
    else if (argc == 5 && !strcmp(argv[1], "scan"))
        scan(argv[2], number, !strcmp(argv[4], "map"));
    else if (argc == 4 && !strcmp(argv[1], "calls") && number > 0)
        calls(argv[2], number);
    else {
        fprintf(stderr, "usage: katanet-probe touch FILE RANGES ROUNDS | scan FILE BYTES read|map | calls FOLDER NUMBER\n");
        return 2;
    }
    return 0;
}
