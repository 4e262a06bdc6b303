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
    /* Of a guest: whether a call of its own is under way. */
    _Atomic uint32_t busy;
    /* Attributes that its unrecorded calls asked for. */
    uint32_t looked;
    /* The most by which its ticks lagged, and the longest stat, in microseconds. */
    uint32_t lag;
    uint32_t longest;
    uint32_t unused[9];
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
    /* Whether guests cache under leases: rounds are of three kinds then. */
    uint32_t leased;
    /* For so many milliseconds guests may believe what the host has changed; 0: for none. */
    uint32_t believed;
    uint32_t unused[6];
    _Atomic uint64_t clock;
    uint64_t unused_clock[7];
    /* The round that may begin: 1 and up. */
    _Atomic uint32_t round;
    _Atomic uint32_t stop;
    /* Whether the host changes something that guests need not see yet. */
    _Atomic uint32_t gate;
    uint32_t unused_round[13];
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
    /* Whether it is on the other side of a virtual machine. */
    bool guest;
    /* What the client stays at for a while in some rounds: for so many calls, of which one of so many is elsewhere. */
    uint8_t home;
    uint32_t stay, elsewhere;
    /* Whether the next call only looks. */
    bool looks;
    /* Whether it has the gate, and when its call began, by the guest's own clock. */
    bool gated;
    uint64_t began;
    uint64_t random, random_look;
    uint64_t stamp;
    struct header *header;
};

/* memory.c: maps the area out of a file or, when its name is "pci", out of the ivshmem device. */
void *map_area(const char *name);

/* maps.c: one load or store through a shared map of an open file's first page. */
void load_or_store(struct worker *worker, struct record *record, int fd, bool store);

/* stamps.c */
void begin(struct worker *worker, struct record *record);
void end(struct worker *worker, struct record *record, long result);

/* Lets a moment pass; while the host's change is under way a guest looks at names meanwhile. */
void wait_a_moment(struct worker *worker);

/* operations.c: some path, as text, for a look that nobody records. */
const char *look_at(struct worker *worker, char *buffer);

/* operations.c: chooses an operation, does it and fills the record in. */
void operate(struct worker *worker, struct record *record);

uint32_t rnd(struct worker *worker, uint32_t limit);

#endif
