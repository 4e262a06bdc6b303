/* Random operations on one file, checked against a model in memory. */
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Largest size of the file; direct I/O goes by this unit. */
enum { MAX_SIZE = 1 << 20, UNIT = 4096, LARGEST = 192 * 1024 };

/* What the file is to be. */
extern unsigned char model[MAX_SIZE];
extern size_t model_size;

/* One random number after the other, from the seed: the same on every machine. */
uint32_t rnd(uint32_t limit);

/* Descriptors of the file: one buffered, one with O_DIRECT (-1 when it is refused), and one for reading that other opens come between. */
struct files {
    const char *path;
    int buffered, direct;
    bool mapping, allocating, collapsing;
};

/* Does one operation on file and model. Returns what it was, for the log. Ends the program when they differ. */
const char *operate(struct files *files);
/* The whole file against the model, by read. */
void compare_all(struct files *files);
void open_files(struct files *files);

/* Says what differs, prints the last operations, and ends with 1. */
__attribute__((noreturn, format(printf, 1, 2))) void mismatch(const char *format, ...);
/* Notes the operation that is about to be done. */
__attribute__((format(printf, 1, 2))) void note(const char *format, ...);
