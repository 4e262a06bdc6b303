// ring send|receive FILE COUNT: messages through a ring in a mapped file, without any call into the kernel but to let others run.
#include "shared.h"

enum { SLOTS = 256, WORDS = 8 };

struct ring {
    volatile uint64_t head, pad1[511], tail, pad2[511];
    volatile uint64_t slots[SLOTS][WORDS];
};

static uint64_t word(uint64_t message, int n) { return (message + 1) * 0x9E3779B97F4A7C15 + n; }

static void send(struct ring *ring, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        if (i >= SLOTS)
            await(&ring->tail, i - SLOTS + 1, "room");
        for (int n = 0; n < WORDS; n++)
            ring->slots[i % SLOTS][n] = word(i, n);
        ring->head = i + 1;
    }
    await(&ring->tail, count, "the receiver's end");
}

static void receive(struct ring *ring, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        await(&ring->head, i + 1, "a message");
        for (int n = 0; n < WORDS; n++) {
            uint64_t got = ring->slots[i % SLOTS][n];
            if (got != word(i, n))
                fail("message %llu, word %d: %llx", (unsigned long long)i, n, (unsigned long long)got);
        }
        ring->tail = i + 1;
    }
}

int main(int argc, char **argv) {
    if (argc != 4 || (strcmp(argv[1], "send") != 0 && strcmp(argv[1], "receive") != 0))
        fail("usage: ring send|receive FILE COUNT");
    struct ring *ring = map(argv[2], sizeof *ring);
    uint64_t count = strtoull(argv[3], NULL, 10);
    (argv[1][0] == 's' ? send : receive)(ring, count);
    say("%llu", (unsigned long long)count);
    return 0;
}
