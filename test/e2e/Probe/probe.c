// What busybox cannot show, from inside a container: shared memory maps, System V shared memory, inotify events.
// Prints one line and ends with 0, or says why not.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/shm.h>
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

int main(int argc, char **argv) {
    if (argc == 3 && !strcmp(argv[1], "answer"))
        return answer(argv[2]);
    if (argc == 3 && !strcmp(argv[1], "ask"))
        return ask(argv[2]);
    if (argc == 4 && !strcmp(argv[1], "watch"))
        return watch(argv[2], argv[3]);
    if (argc == 3 && !strcmp(argv[1], "put"))
        return put(argv[2]);
    if (argc == 2 && !strcmp(argv[1], "take"))
        return take();
    fprintf(stderr, "usage: probe answer FILE | ask FILE | watch FOLDER NAME | put TEXT | take\n");
    return 2;
}
