// What a test does with mapped files: katanet-dax COMMAND FILE …; offsets and sizes in bytes.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RANGE (2ul << 20)

static sigjmp_buf bus;

static void on_bus(int number) { (void)number; siglongjmp(bus, 1); }

static void fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static unsigned char *map(const char *path, size_t length, int writable)
{
    int fd = open(path, writable ? O_RDWR : O_RDONLY);
    if (fd < 0)
        fail(path);
    unsigned char *p = mmap(NULL, length, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        fail("mmap");
    close(fd);
    return p;
}

// count FILE OFFSET N: adds 1 to the 8 bytes there, N times, atomically.
static int count(const char *path, size_t at, uint64_t n)
{
    unsigned char *p = map(path, at + 8, 1);
    double start = now();
    for (uint64_t i = 0; i < n; i++)
        __atomic_fetch_add((uint64_t *)(p + at), 1, __ATOMIC_SEQ_CST);
    printf("counted %lu, %.1f ns each\n", n, (now() - start) * 1e9 / n);
    return 0;
}

// read FILE OFFSET N: the bytes there as they are mapped, in hex, or BUS.
static int show(const char *path, size_t at, size_t n)
{
    unsigned char *p = map(path, at + n, 0);
    if (sigsetjmp(bus, 1)) {
        puts("BUS");
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        printf("%02x", p[at + i]);
    puts("");
    return 0;
}

// write FILE OFFSET TEXT: stores it through a mapping.
static int store(const char *path, size_t at, const char *text)
{
    unsigned char *p = map(path, at + strlen(text), 1);
    if (sigsetjmp(bus, 1)) {
        puts("BUS");
        return 0;
    }
    memcpy(p + at, text, strlen(text));
    puts("stored");
    return 0;
}

// touch FILE N ROUNDS: adds 1 to the first 8 bytes of N ranges of 2 MiB, in order; the time of each first touch, and of each round.
static int touch(const char *path, size_t n, int rounds)
{
    unsigned char *p = map(path, n * RANGE, 1);
    for (int round = 0; round < rounds; round++) {
        double start = now(), last = start;
        for (size_t i = 0; i < n; i++) {
            __atomic_fetch_add((uint64_t *)(p + i * RANGE), 1, __ATOMIC_SEQ_CST);
            double t = now();
            if (round == 0 && (i == 9 || i == 29 || i == 59 || i == n - 1))
                printf("range %zu: %.2f ms\n", i + 1, (t - last) * 1e3);
            last = t;
        }
        printf("round %d: %.2f ms a range\n", round, (now() - start) * 1e3 / n);
    }
    return 0;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// follow FILE OFFSET BYTE...: waits until one mapping shows one byte after the other there, and prints each; no other call in between.
static int follow(const char *path, size_t at, int n, char **bytes)
{
    volatile unsigned char *p = map(path, at + 1, 0);
    for (int i = 0; i < n; i++) {
        double start = now();
        while (p[at] != strtoul(bytes[i], NULL, 16)) {
            if (now() - start > 120) {
                printf("missed %s, there is %02x\n", bytes[i], p[at]);
                return 0;
            }
            usleep(1000);
        }
        printf("%s\n", bytes[i]);
        fflush(stdout);
    }
    return 0;
}

// hold FILE LENGTH STOP: stores into every page of a mapping, over and over, until there is a file STOP.
static int hold(const char *path, size_t length, const char *stop)
{
    unsigned char *p = map(path, length, 1);
    volatile unsigned long rounds = 0, buses = 0;
    puts("holds");
    fflush(stdout);
    while (access(stop, F_OK)) {
        for (volatile size_t at = 0; at < length; at += 4096) {
            if (sigsetjmp(bus, 1))
                buses++;
            else
                p[at + 1]++;
        }
        rounds++;
    }
    printf("%lu rounds, %lu SIGBUS\n", rounds, buses);
    return 0;
}

// stale FILE LENGTH OFFSET BEGIN: maps a file and touches nothing of it until there is a file BEGIN; then adds 1 to the byte there. Says what it had been.
static int stale(const char *path, size_t length, size_t at, const char *begin)
{
    volatile unsigned char *p = map(path, length, 1);
    puts("mapped");
    fflush(stdout);
    while (access(begin, F_OK))
        usleep(1000);
    if (sigsetjmp(bus, 1)) {
        puts("BUS");
        return 0;
    }
    printf("%02x\n", p[at]++);
    return 0;
}

// cut FILE LONG SHORT N: cuts a file of LONG bytes to SHORT and lets it grow again, N times; median time of each.
static int cut(const char *path, size_t longer, size_t shorter, size_t n)
{
    double *cuts = malloc(n * sizeof *cuts), *grows = malloc(n * sizeof *grows);
    int fd = open(path, O_RDWR);
    if (fd < 0 || !cuts || !grows)
        fail(path);
    for (size_t i = 0; i < n; i++) {
        double start = now();
        if (ftruncate(fd, (off_t)shorter))
            fail("ftruncate");
        double middle = now();
        if (ftruncate(fd, (off_t)longer))
            fail("ftruncate");
        cuts[i] = middle - start;
        grows[i] = now() - middle;
    }
    qsort(cuts, n, sizeof *cuts, compare);
    qsort(grows, n, sizeof *grows, compare);
    printf("cut %.0f us, grown %.0f us\n", cuts[n / 2] * 1e6, grows[n / 2] * 1e6);
    return 0;
}

int main(int argc, char **argv)
{
    signal(SIGBUS, on_bus);
    if (argc >= 4) {
        size_t a = strtoull(argv[3], NULL, 0);
        if (!strcmp(argv[1], "count") && argc == 5)
            return count(argv[2], a, strtoull(argv[4], NULL, 0));
        if (!strcmp(argv[1], "read") && argc == 5)
            return show(argv[2], a, strtoull(argv[4], NULL, 0));
        if (!strcmp(argv[1], "write") && argc == 5)
            return store(argv[2], a, argv[4]);
        if (!strcmp(argv[1], "touch") && argc == 5)
            return touch(argv[2], a, atoi(argv[4]));
        if (!strcmp(argv[1], "follow") && argc > 4)
            return follow(argv[2], a, argc - 4, argv + 4);
        if (!strcmp(argv[1], "hold") && argc == 5)
            return hold(argv[2], a, argv[4]);
        if (!strcmp(argv[1], "stale") && argc == 6)
            return stale(argv[2], a, strtoull(argv[4], NULL, 0), argv[5]);
        if (!strcmp(argv[1], "cut") && argc == 6)
            return cut(argv[2], a, strtoull(argv[4], NULL, 0), strtoull(argv[5], NULL, 0));
    }
    fprintf(stderr, "usage: katanet-dax count|read|write|touch|follow|hold|stale|cut FILE NUMBER [ARGUMENT]...\n");
    return 2;
}
