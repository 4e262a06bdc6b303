/* katanet-worker MEMORY NUMBER FOLDER: client NUMBER of a run. The rest is told in the shared memory; the program ends when that says so. */
#include "worker.h"

uint32_t rnd(struct worker *worker, uint32_t limit) {
    /* splitmix64 */
    uint64_t z = worker->random += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (uint32_t)((z ^ z >> 31) >> 32) % limit;
}

static uint32_t slowest(const struct header *header, unsigned without) {
    uint32_t least = UINT32_MAX;
    for (unsigned i = 0; i < header->clients; i++) {
        uint32_t progress = atomic_load(&header->client[i].progress);
        if (i != without && progress < least)
            least = progress;
    }
    return least;
}

/* Where a block of calls ends that begins at a call, when clients take turns: a long one, in which a client is alone, and some short ones. */
static uint32_t block_end(const struct worker *worker, uint32_t number, uint32_t begin) {
    struct worker chance = {.random = worker->header->seed + worker->round * 1000003ull + number};
    return begin + (number % 4 ? 1 + rnd(&chance, 6) : 64);
}

/* Whether all before it have done their calls up to the end of a block, and all after it theirs up to its begin. */
static bool has_turn(const struct worker *worker, uint32_t begin, uint32_t end) {
    const struct header *header = worker->header;
    for (unsigned i = 0; i < header->clients; i++) {
        uint32_t needed = i < worker->number ? end < header->operations ? end : header->operations : begin;
        if (i != worker->number && atomic_load(&header->client[i].progress) < needed)
            return false;
    }
    return true;
}

/* Rounds of two kinds; with leases of three. */
static bool choose_kind(struct worker *worker) {
    bool leased = worker->header->leased;
    worker->stay = worker->round % (leased ? 3 : 2) ? 0 : leased ? 200 : 40;
    worker->elsewhere = leased ? 32 : 8;
    return leased && worker->round % 3 == 2;
}

static void run_round(struct worker *worker, const char *path, struct record *records, uint32_t round) {
    struct header *header = worker->header;
    struct client *client = &header->client[worker->number];
    worker->random = header->seed * 0x9e3779b97f4a7c15 + round * 1000003ull + worker->number;
    worker->random_look = worker->random + 500009;
    /* No unit is written twice in a run: what is read says who wrote it, and in which round. */
    worker->stamp = (uint64_t)(worker->number + 1) << 56 | (uint64_t)round << 24;
    worker->round = round;
    worker->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (worker->folder < 0 || fchdir(worker->folder)) {
        perror(path);
        exit(2);
    }
    bool in_turn = choose_kind(worker);
    uint32_t block = 0, block_begin = 0, end = block_end(worker, 0, 0);
    for (uint32_t i = 0; i < header->operations; i++) {
        for (; i >= end; end = block_end(worker, ++block, block_begin))
            block_begin = end;
        while (in_turn && !has_turn(worker, block_begin, end) && !atomic_load(&header->stop))
            wait_a_moment(worker);
        /* A host's call takes a thousandth of a guest's: whoever is ahead waits, so that all meet one another all the time. */
        while (!in_turn && header->lead && i > slowest(header, worker->number) + rnd(worker, header->lead) && !atomic_load(&header->stop))
            wait_a_moment(worker);
        struct record *record = &records[i];
        memset(record, 0, sizeof *record);
        operate(worker, record);
        atomic_store(&client->progress, i + 1);
    }
    /* What is open keeps its inode number, so nothing is closed while another client looks. */
    while (slowest(header, worker->number) < header->operations && !atomic_load(&header->stop))
        wait_a_moment(worker);
    for (int i = 0; i < SLOTS; i++) {
        if (worker->slots[i] >= 0)
            close(worker->slots[i]);
        worker->slots[i] = -1;
    }
    close(worker->folder);
}

int main(int count, char **words) {
    if (count != 4) {
        fprintf(stderr, "usage: %s MEMORY NUMBER FOLDER\n", words[0]);
        return 2;
    }
    struct header *header = map_area(words[1]);
    struct worker worker = {.number = (unsigned)atoi(words[2]), .slots = {-1, -1}, .guest = strcmp(words[1], "pci") == 0, .header = header};
    if (header->magic != MAGIC || worker.number >= header->clients) {
        fprintf(stderr, "%s: this is not the memory of a run with a client %s\n", words[1], words[2]);
        return 2;
    }
    umask(0);
    struct client *client = &header->client[worker.number];
    struct record *records = (void *)((char *)header + (size_t)(worker.number + 1) * CLIENT_SIZE);
    atomic_store(&client->ready, 1);
    for (uint32_t round = 0; !atomic_load(&header->stop);) {
        if (atomic_load(&header->round) == round) {
            usleep(200);
            continue;
        }
        round = atomic_load(&header->round);
        run_round(&worker, words[3], records, round);
        atomic_store(&client->done, round);
    }
    return 0;
}
