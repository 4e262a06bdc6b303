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

static void run_round(struct worker *worker, const char *path, struct record *records, uint32_t round) {
    struct header *header = worker->header;
    struct client *client = &header->client[worker->number];
    worker->random = header->seed * 0x9e3779b97f4a7c15 + round * 1000003ull + worker->number;
    /* No unit is written twice in a run: what is read says who wrote it, and in which round. */
    worker->stamp = (uint64_t)(worker->number + 1) << 56 | (uint64_t)round << 24;
    worker->round = round;
    worker->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (worker->folder < 0 || fchdir(worker->folder)) {
        perror(path);
        exit(2);
    }
    for (uint32_t i = 0; i < header->operations; i++) {
        /* A host's call takes a thousandth of a guest's: whoever is ahead waits, so that all meet one another all the time. */
        while (header->lead && i > slowest(header, worker->number) + rnd(worker, header->lead) && !atomic_load(&header->stop))
            usleep(50);
        struct record *record = &records[i];
        memset(record, 0, sizeof *record);
        operate(worker, record);
        atomic_store(&client->progress, i + 1);
    }
    /* What is open keeps its inode number, so nothing is closed while another client looks. */
    while (slowest(header, worker->number) < header->operations && !atomic_load(&header->stop))
        usleep(200);
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
    struct worker worker = {.number = (unsigned)atoi(words[2]), .slots = {-1, -1}, .header = header};
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
