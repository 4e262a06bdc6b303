/* When a call begins and ends.
 *
 * What the host changes guests under leases see when what they believe has run out. So its change ends then, and until then, from before
 * its begin, no guest does anything that is recorded. Guests look at names meanwhile, and may be told the old or the new: what they keep of it
 * must be gone by the end. */
#include "worker.h"
#include <time.h>

static uint64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

static void keep_most(uint32_t *most, uint64_t value) {
    if (value > *most)
        *most = (uint32_t)value;
}

static bool changes(const struct record *record) {
    switch (record->operation) {
    case STAT: case FSTAT: case READ: case LOAD: case LIST: case CLOSE:
        return false;
    case OPEN:
        return record->argument2 & (O_MAKE | O_EMPTY);
    default:
        return true;
    }
}

static void look(struct worker *worker) {
    char path[8];
    struct stat s;
    worker->header->client[worker->number].looked += fstatat(worker->folder, look_at(worker, path), &s, AT_SYMLINK_NOFOLLOW) ? 1 : 2;
}

void wait_a_moment(struct worker *worker) {
    if (worker->guest && atomic_load(&worker->header->gate))
        look(worker);
    /* Others of the machine's processors have work to do while a change waits for a lease. */
    usleep(worker->header->leased ? 300 : 50);
}

/* A guest is busy, or sees that the gate is closed; the host closes it, or sees who is busy. */
static void enter(struct worker *worker) {
    struct header *header = worker->header;
    struct client *client = &header->client[worker->number];
    for (;;) {
        atomic_store(&client->busy, 1);
        if (!atomic_load(&header->gate) || atomic_load(&header->stop))
            return;
        atomic_store(&client->busy, 0);
        wait_a_moment(worker);
    }
}

static void close_gate(struct worker *worker) {
    struct header *header = worker->header;
    atomic_store(&header->gate, 1);
    for (unsigned i = 0; i < header->clients; i++) {
        while (atomic_load(&header->client[i].busy) && !atomic_load(&header->stop))
            usleep(50);
    }
    worker->gated = true;
}

static void let_pass(uint32_t milliseconds) {
    struct timespec until;
    clock_gettime(CLOCK_BOOTTIME, &until);
    until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    until.tv_sec += milliseconds / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
}

void begin(struct worker *worker, struct record *record) {
    if (worker->header->leased && worker->guest) {
        struct client *client = &worker->header->client[worker->number];
        enter(worker);
        /* The coarse clock moves with the ticks by which the kernel knows how long it may believe something. */
        uint64_t coarse = now(CLOCK_MONOTONIC_COARSE);
        worker->began = now(CLOCK_MONOTONIC);
        keep_most(&client->lag, worker->began - coarse);
    } else if (worker->header->believed && changes(record)) {
        close_gate(worker);
    }
    record->begin = atomic_fetch_add(&worker->header->clock, 1);
}

void end(struct worker *worker, struct record *record, long result) {
    int error = errno;
    struct client *client = &worker->header->client[worker->number];
    if (worker->gated && result >= 0)
        let_pass(worker->header->believed);
    record->end = atomic_fetch_add(&worker->header->clock, 1);
    record->result = result < 0 ? -error : (int32_t)result;
    if (worker->gated)
        atomic_store(&worker->header->gate, 0);
    worker->gated = false;
    if (worker->header->leased && worker->guest) {
        if (record->operation == STAT || record->operation == FSTAT)
            keep_most(&client->longest, now(CLOCK_MONOTONIC) - worker->began);
        atomic_store(&client->busy, 0);
    }
}
