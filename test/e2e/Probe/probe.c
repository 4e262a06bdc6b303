// What busybox cannot show, from inside a container: shared memory maps, System V shared memory, inotify events,
// requests for attributes.
// Prints one line and ends with 0, or says why not.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

enum { LENGTH = 4096, LIMIT_MS = 60000, KEY = 0x6b617461 };

static int fail(const char *what) {
    fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
    return 1;
}

static volatile char *map(const char *path) {
    int fd = open(path, O_RDWR);
    if (fd < 0)
        return NULL;
    void *at = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return at == MAP_FAILED ? NULL : at;
}

// Answers what another process writes into a map of the same file: neither touches the file by any other call.
static int answer(const char *path) {
    volatile char *at = map(path);
    if (!at)
        return fail(path);
    puts("mapped");
    fflush(stdout);
    for (int i = 0; i < LIMIT_MS && at[0] != 'q'; i++)
        usleep(1000);
    if (at[0] != 'q')
        return fprintf(stderr, "probe: nobody asked\n"), 1;
    at[1] = 'a';
    puts("answered");
    return 0;
}

static int ask(const char *path) {
    volatile char *at = map(path);
    if (!at)
        return fail(path);
    at[0] = 'q';
    for (int i = 0; i < LIMIT_MS && at[1] != 'a'; i++)
        usleep(1000);
    return at[1] == 'a' ? puts("heard"), 0 : (fprintf(stderr, "probe: nobody answered\n"), 1);
}

// A file grows record by record, and is then cut; who follows it reads it by one descriptor and one map, and is told by the other by a page alone.
enum { RECORD = 3000, RECORDS = 50 };

static int await(volatile char *word, int value) {
    for (int i = 0; i < LIMIT_MS * 10 && *word != value; i++)
        usleep(100);
    return *word == value ? 0 : (fprintf(stderr, "probe: %d did not come\n", value), 1);
}

// With "-" for the page nobody follows.
static int append(const char *page, const char *path) {
    char record[RECORD];
    struct timespec before, after;
    double milliseconds = 0;
    int alone = !strcmp(page, "-");
    volatile char *at = alone ? record : map(page);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (!at || fd < 0)
        return fail(path);
    for (int i = 1; i <= RECORDS; i++) {
        memset(record, i, RECORD);
        clock_gettime(CLOCK_MONOTONIC, &before);
        if (write(fd, record, RECORD) != RECORD)
            return fail("write");
        clock_gettime(CLOCK_MONOTONIC, &after);
        milliseconds += (after.tv_sec - before.tv_sec) * 1e3 + (after.tv_nsec - before.tv_nsec) / 1e6;
        at[0] = i;
        if (!alone && await(at + 1, i))
            return 1;
    }
    fprintf(stderr, "%.2f ms an append\n", milliseconds / RECORDS);
    if (alone)
        return puts("appended"), 0;
    if (ftruncate(fd, RECORD) < 0)
        return fail("ftruncate");
    at[0] = RECORDS + 1;
    if (await(at + 1, RECORDS + 1))
        return 1;
    return puts("appended"), 0;
}

static int follow(const char *page, const char *path) {
    char record[RECORD];
    volatile char *at = map(page);
    int fd = open(path, O_RDONLY);
    volatile char *all = fd < 0 ? MAP_FAILED : mmap(NULL, RECORD * RECORDS, PROT_READ, MAP_SHARED, fd, 0);
    if (!at || all == MAP_FAILED)
        return fail(path);
    puts("following");
    fflush(stdout);
    for (int i = 1; i <= RECORDS; i++) {
        if (await(at, i))
            return 1;
        ssize_t length = read(fd, record, RECORD);
        if (length != RECORD || record[0] != i || record[RECORD - 1] != i)
            return fprintf(stderr, "probe: record %d: %zd bytes\n", i, length), 1;
        if (all[RECORD * (i - 1)] != i || all[RECORD * i - 1] != i)
            return fprintf(stderr, "probe: record %d: not in the map\n", i), 1;
        at[1] = i;
    }
    if (await(at, RECORDS + 1))
        return 1;
    ssize_t length = pread(fd, record, RECORD, RECORD);
    if (length != 0)
        return fprintf(stderr, "probe: %zd bytes behind the end\n", length), 1;
    at[1] = RECORDS + 1;
    return puts("followed"), 0;
}
// As follow, but of what nobody tells: it reads again and again, and does nothing else.
static int tail(const char *page, const char *path) {
    char record[RECORD];
    volatile char *at = map(page);
    int fd = open(path, O_RDONLY);
    if (!at || fd < 0)
        return fail(path);
    puts("following");
    fflush(stdout);
    for (int i = 1; i <= RECORDS; i++) {
        ssize_t length = 0;
        for (int tries = 0; tries < LIMIT_MS * 10 && (length = read(fd, record, RECORD)) == 0; tries++)
            usleep(100);
        if (length != RECORD || record[0] != i || record[RECORD - 1] != i)
            return fprintf(stderr, "probe: record %d: %zd bytes\n", i, length), 1;
        at[1] = i;
    }
    return puts("followed"), 0;
}

// Makes a segment with a text in it; it stays when this process ends.
static int put(const char *text) {
    int id = shmget(KEY, LENGTH, IPC_CREAT | IPC_EXCL | 0600);
    char *at = id < 0 ? (void *)-1 : shmat(id, NULL, 0);
    if (at == (void *)-1)
        return fail("shmget");
    snprintf(at, LENGTH, "%s", text);
    return puts("put"), 0;
}

// Prints the text and removes the segment.
static int take(void) {
    int id = shmget(KEY, LENGTH, 0600);
    char *at = id < 0 ? (void *)-1 : shmat(id, NULL, 0);
    if (at == (void *)-1)
        return fail("shmget");
    puts(at);
    return shmctl(id, IPC_RMID, NULL) < 0 ? fail("shmctl") : 0;
}

// Waits until a name is moved into a folder, as kubelet does with ..data.
static int watch(const char *folder, const char *name) {
    char buffer[4096] __attribute__((aligned(8)));
    int fd = inotify_init1(IN_CLOEXEC);
    if (fd < 0 || inotify_add_watch(fd, folder, IN_MOVED_TO) < 0)
        return fail(folder);
    puts("watching");
    fflush(stdout);
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    while (poll(&wait, 1, LIMIT_MS) > 0) {
        ssize_t length = read(fd, buffer, sizeof buffer);
        for (char *at = buffer; at < buffer + length;) {
            struct inotify_event *event = (struct inotify_event *)at;
            if (event->len > 0 && strcmp(event->name, name) == 0)
                return puts("moved"), 0;
            at += sizeof *event + event->len;
        }
    }
    return fprintf(stderr, "probe: no event\n"), 1;
}

// How often the guest's virtio-fs devices have answered: its programs wait for one answer at a time, and each is an interrupt.
static long answers(void) {
    FILE *file = fopen("/proc/interrupts", "r");
    char line[16384];
    long sum = 0;
    while (file && fgets(line, sizeof line, file)) {
        char *at = strchr(line, ':'), *end;
        if (!at || !strstr(at, "-requests"))
            continue;
        for (at++; ; at = end) {
            long count = strtol(at, &end, 10);
            if (end == at)
                break;
            sum += count;
        }
    }
    if (file)
        fclose(file);
    return sum;
}

static int look(const char *path, int times) {
    struct stat stat_of;
    if (stat(path, &stat_of) < 0)
        return fail(path);
    long before = answers();
    for (int i = 0; i < times; i++)
        if (stat(path, &stat_of) < 0)
            return fail(path);
    return printf("%o %ld\n", stat_of.st_mode & 0777, answers() - before), 0;
}

static const char *try(int fd, int flags) {
    void *at = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, flags, fd, 0);
    const char *result = at == MAP_FAILED ? strerror(errno) : *(volatile char *)at ? "text" : "nothing";
    if (at != MAP_FAILED)
        munmap(at, LENGTH);
    return result;
}

static int maps(const char *path) {
    int fd = open(path, O_RDWR);
    if (fd < 0)
        return fail(path);
    printf("shared: %s, ", try(fd, MAP_SHARED));
    printf("private: %s\n", try(fd, MAP_PRIVATE));
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && !strcmp(argv[1], "answer"))
        return answer(argv[2]);
    if (argc == 3 && !strcmp(argv[1], "ask"))
        return ask(argv[2]);
    if (argc == 4 && !strcmp(argv[1], "append"))
        return append(argv[2], argv[3]);
    if (argc == 4 && !strcmp(argv[1], "follow"))
        return follow(argv[2], argv[3]);
    if (argc == 4 && !strcmp(argv[1], "tail"))
        return tail(argv[2], argv[3]);
    if (argc == 4 && !strcmp(argv[1], "watch"))
        return watch(argv[2], argv[3]);
    if (argc == 3 && !strcmp(argv[1], "put"))
        return put(argv[2]);
    if (argc == 2 && !strcmp(argv[1], "take"))
        return take();
    if (argc == 4 && !strcmp(argv[1], "look"))
        return look(argv[2], atoi(argv[3]));
    if (argc == 3 && !strcmp(argv[1], "maps"))
        return maps(argv[2]);
    fprintf(stderr, "usage: probe answer FILE | ask FILE | append PAGE FILE | follow PAGE FILE | tail PAGE FILE | watch FOLDER NAME | look FILE TIMES | maps FILE | put TEXT | take\n");
    return 2;
}
