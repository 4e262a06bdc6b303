// pages store FILE ROUNDS: fills a mapped file word by word, in rounds, noting in its first word how far it is; goes on where that says.
//                           Says how far it is now and then. 0 rounds: for ever. Nothing is ever synced.
// pages check FILE map|read: whether every word is what the first one promises; says how far it is.
#include "shared.h"

enum { WORDS = 128 * 1024, HEADER = 512, LENGTH = (HEADER + WORDS) * 8 };

static uint64_t word(uint64_t n) { return (n + 1) * 0x9E3779B97F4A7C15; }

static void store(volatile uint64_t *file, uint64_t rounds) {
    uint64_t n = file[0], end = rounds == 0 ? UINT64_MAX : (n / WORDS + rounds) * WORDS;
    for (; n < end; n++) {
        file[HEADER + n % WORDS] = word(n);
        file[0] = n + 1;
        if (n % 65536 == 65535)
            say("%llu", (unsigned long long)(n + 1));
    }
}

static void check(const volatile uint64_t *file) {
    uint64_t done = file[0], at = done % WORDS, round = done / WORDS;
    for (uint64_t i = 0; i < WORDS; i++) {
        uint64_t got = file[HEADER + i];
        // The word after the last one may have been stored although the first word does not say so yet.
        if (i < at || (i == at && got == word(round * WORDS + i)) ? got == word(round * WORDS + i) : round == 0 ? got == 0 : got == word((round - 1) * WORDS + i))
            continue;
        fail("%llu words are stored, but word %llu is %llx", (unsigned long long)done, (unsigned long long)i, (unsigned long long)got);
    }
    say("%llu", (unsigned long long)done);
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], "store") == 0) {
        store(map(argv[2], LENGTH), strtoull(argv[3], NULL, 10));
    } else if (argc == 4 && strcmp(argv[1], "check") == 0 && strcmp(argv[3], "map") == 0) {
        check(map(argv[2], LENGTH));
    } else if (argc == 4 && strcmp(argv[1], "check") == 0) {
        static uint64_t copy[LENGTH / 8];
        int fd = open(argv[2], O_RDONLY);
        must(fd >= 0 && read(fd, copy, LENGTH) == LENGTH, argv[2]);
        check(copy);
    } else {
        fail("usage: pages store FILE ROUNDS | pages check FILE map|read");
    }
    return 0;
}
