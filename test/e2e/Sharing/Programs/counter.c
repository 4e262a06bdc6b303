// counter FILE PARTIES COUNT: that many parties add 1 that many times, each by itself, to one word of a mapped page. Prints the sum.
#include "shared.h"

struct page {
    volatile uint64_t here, pad1[7], value, pad2[7], done;
};

int main(int argc, char **argv) {
    if (argc != 4)
        fail("usage: counter FILE PARTIES COUNT");
    uint64_t parties = strtoull(argv[2], NULL, 10), count = strtoull(argv[3], NULL, 10);
    struct page *page = map(argv[1], 4096);
    add(&page->here, 1);
    await(&page->here, parties, "the others' arrival");
    for (uint64_t i = 0; i < count; i++)
        add(&page->value, 1);
    add(&page->done, 1);
    await(&page->done, parties, "the others' end");
    say("%llu", (unsigned long long)page->value);
    return 0;
}
