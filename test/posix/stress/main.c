/* stress FILE SECONDS [SEED [OPERATIONS]]: random operations until the time is over or their number is reached. A run is repeated by giving
 * it the seed that it printed. Ends with 1 at the first difference, with the operations that led to it. */
#include "stress.h"
#include <stdarg.h>

enum { LOG = 60 };

static uint64_t state;
static unsigned long done;
static char log_lines[LOG][160];
static unsigned long logged;

uint32_t rnd(uint32_t limit) {
    /* splitmix64 */
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return limit ? (uint32_t)((z ^ z >> 31) >> 32) % limit : 0;
}

void note(const char *format, ...) {
    char *line = log_lines[logged++ % LOG];
    int length = snprintf(line, sizeof *log_lines, "%lu: ", done);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + length, sizeof *log_lines - length, format, arguments);
    va_end(arguments);
}

void mismatch(const char *format, ...) {
    va_list arguments;
    printf("the last operations:\n");
    for (unsigned long i = logged > LOG ? logged - LOG : 0; i < logged; i++)
        printf("  %s\n", log_lines[i % LOG]);
    printf("MISMATCH after %lu operations: ", done);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    exit(1);
}

int main(int count, char **words) {
    if (count < 3) {
        fprintf(stderr, "usage: %s FILE SECONDS [SEED [OPERATIONS]]\n", words[0]);
        return 2;
    }
    uint64_t seed = count > 3 ? strtoull(words[3], NULL, 0) : (uint64_t)time(NULL) << 16 ^ (uint64_t)getpid();
    unsigned long most = count > 4 ? strtoul(words[4], NULL, 0) : ~0ul;
    time_t end = time(NULL) + atol(words[2]);
    struct files files = {.path = words[1]};
    printf("seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    state = seed;
    open_files(&files);
    for (; done < most && (done % 64 || time(NULL) < end); done++) {
        operate(&files);
        struct stat s;
        if (fstat(files.buffered, &s))
            mismatch("fstat: %s", strerror(errno));
        if ((size_t)s.st_size != model_size)
            mismatch("the size is %lld, expected %zu", (long long)s.st_size, model_size);
        if (done % 256 == 255)
            compare_all(&files);
    }
    compare_all(&files);
    printf("%lu operations, seed %llu: no difference (direct I/O %s, shared mappings %s, allocating %s, collapsing %s)\n", done, (unsigned long long)seed,
           files.direct >= 0 ? "yes" : "no", files.mapping ? "yes" : "no", files.allocating ? "yes" : "no", files.collapsing ? "yes" : "no");
    return 0;
}
