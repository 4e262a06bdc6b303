/* One client of a coherency run: random operations in one folder, each with a begin and an end on a clock that all clients share. The
 * layout of the shared memory is also in Runs/SharedArea.cs and Histories/Record.cs. */
#ifndef WORKER_H
#define WORKER_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    AREA_SIZE = 8 << 20,
    CLIENT_SIZE = 1 << 20,
    MAX_CLIENTS = 6,
    SLOTS = 2,
    MAX_UNITS = 16,
    MAX_ENTRIES = 8,
    NAMES = 5,
};

#define MAGIC 0x31796c6e6574614bull

struct client {
    _Atomic uint32_t ready;
    /* The last round that was finished. */
    _Atomic uint32_t done;
    _Atomic uint32_t progress;
    uint32_t unused[13];
};

struct header {
    uint64_t magic;
    uint32_t clients;
    uint32_t operations;
    uint64_t seed;
    /* A client is ahead of the slowest by at most a random number below this; 0 for no limit. */
    uint32_t lead;
    /* Whether files are also read and written through shared memory maps. */
    uint32_t maps;
    uint32_t unused[8];
    _Atomic uint64_t clock;
    uint64_t unused_clock[7];
    /* The round that may begin: 1 and up. */
    _Atomic uint32_t round;
    _Atomic uint32_t stop;
    uint32_t unused_round[14];
    struct client client[MAX_CLIENTS];
};

enum operation {
    STAT = 1, CHMOD, TRUNCATE, OPEN, CLOSE, READ, WRITE, FSTAT, FCHMOD, FTRUNCATE, UNLINK, RMDIR, MKDIR, LINK, RENAME, LIST, LOAD,
    STORE,
};

/* Bits of argument2 of OPEN. */
enum { O_MAKE = 1, O_ALONE = 2, O_EMPTY = 4, O_AT_END = 8, O_WRITABLE = 16 };

struct entry {
    uint64_t ino;
    uint8_t name;
    uint8_t type;
    uint8_t unused[6];
};

struct record {
    uint64_t begin, end;
    uint8_t operation;
    uint8_t slot;
    /* Folder times 8 plus name: 0 for none, 1 to NAMES for a, b, ...; 0 is the folder of the run itself. */
    uint8_t path, path2;
    /* What the call gave, or -errno. */
    int32_t result;
    /* Mode, size or offset in units of 8 bytes, flags of a rename. */
    uint32_t argument;
    /* Number of units, flags of OPEN. */
    uint32_t argument2;
    /* The first unit that is written; the next ones count up from it. */
    uint64_t stamp;
    uint32_t count;
    uint32_t unused;
    union {
        struct {
            uint64_t ino, size, mtime, ctime;
            uint32_t mode, nlink;
        } stat;
        uint64_t units[MAX_UNITS];
        struct entry entries[MAX_ENTRIES];
    };
};

_Static_assert(sizeof(struct record) == 176, "Histories/Record.cs");
_Static_assert(offsetof(struct header, clock) == 64 && offsetof(struct header, round) == 128 && offsetof(struct header, client) == 192,
               "Runs/SharedArea.cs");

struct worker {
    /* The folder of the run. */
    int folder;
    int slots[SLOTS];
    bool writable[SLOTS];
    unsigned number;
    uint32_t round;
    /* What the client stays at for a while, in every other round. */
    uint8_t home;
    uint64_t random;
    uint64_t stamp;
    struct header *header;
};

/* memory.c: maps the area out of a file or, when its name is "pci", out of the ivshmem device. */
void *map_area(const char *name);

/* maps.c: one load or store through a shared map of an open file's first page. */
void load_or_store(struct worker *worker, struct record *record, int fd, bool store);

void begin(struct worker *worker, struct record *record);
void end(struct worker *worker, struct record *record, long result);

/* operations.c: chooses an operation, does it and fills the record in. */
void operate(struct worker *worker, struct record *record);

uint32_t rnd(struct worker *worker, uint32_t limit);

#endif
