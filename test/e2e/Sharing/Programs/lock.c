// lock try KIND FILE                 says "free" or "busy"
// lock hold KIND FILE MARK           waits for the lock, makes the file MARK, keeps the lock until MARK is gone
// lock count KIND FOLDER NAME ROUNDS takes two of eight locks at a time, in ascending order, ROUNDS times; a number in a plain file is
//                                    one more for each lock taken. Says how many.
// KIND: flock (flock(2), a file for each lock), fcntl (F_SETLKW, a byte of one file for each).
#include "shared.h"

enum { LOCKS = 8, RECORD = 16 };

static int is_flock;

static int take(int fd, int byte, int type, int wait) {
    if (is_flock)
        return flock(fd, (type == F_UNLCK ? LOCK_UN : LOCK_EX) | (wait ? 0 : LOCK_NB));
    struct flock range = { .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };
    return fcntl(fd, wait ? F_SETLKW : F_SETLK, &range);
}

static int open_lock(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT, 0666);
    must(fd >= 0, path);
    return fd;
}

static void hold(const char *path, const char *mark) {
    int fd = open_lock(path);
    must(take(fd, 0, F_WRLCK, 1) == 0, "wait for the lock");
    close(open_lock(mark));
    for (time_t start = now(); access(mark, F_OK) == 0; usleep(20000))
        if (now() - start > PATIENCE_SECONDS)
            fail("%s stays", mark);
    must(take(fd, 0, F_UNLCK, 1) == 0, "unlock");
}

// Whoever has the lock is alone here: the number is read and written by plain calls, and the name stays for as long.
static void increment(int fd, int lock, const char *name) {
    char record[RECORD + 1] = "", again[RECORD + 1] = "";
    must(pread(fd, record, RECORD, lock * RECORD) == RECORD, "read");
    long value = strtol(record, NULL, 10) + 1;
    snprintf(record, sizeof record, "%010ld %-4.4s\n", value, name);
    must(pwrite(fd, record, RECORD, lock * RECORD) == RECORD, "write");
    sched_yield();
    must(pread(fd, again, RECORD, lock * RECORD) == RECORD, "read again");
    if (memcmp(record, again, RECORD) != 0)
        fail("lock %d is mine, but somebody wrote: '%.15s' is now '%.15s'", lock, record, again);
}

static void count(const char *folder, const char *name, int rounds) {
    char path[4096];
    int locks[LOCKS], taken = 0;
    for (int i = 0; i < LOCKS; i++) {
        snprintf(path, sizeof path, "%s/lock%d", folder, i);
        locks[i] = is_flock || i == 0 ? open_lock(path) : locks[0];
    }
    snprintf(path, sizeof path, "%s/numbers", folder);
    int numbers = open(path, O_RDWR);
    must(numbers >= 0, path);
    unsigned seed = 17;
    for (const char *c = name; *c; c++)
        seed = seed * 31 + *c;
    for (int n = 0; n < rounds; n++) {
        int first = rand_r(&seed) % (LOCKS - 1), second = first + 1 + rand_r(&seed) % (LOCKS - 1 - first);
        must(take(locks[first], first, F_WRLCK, 1) == 0, "wait for the first lock");
        must(take(locks[second], second, F_WRLCK, 1) == 0, "wait for the second lock");
        increment(numbers, first, name);
        increment(numbers, second, name);
        must(take(locks[second], second, F_UNLCK, 1) == 0, "unlock");
        must(take(locks[first], first, F_UNLCK, 1) == 0, "unlock");
        taken += 2;
    }
    say("%d", taken);
}

int main(int argc, char **argv) {
    is_flock = argc > 2 && strcmp(argv[2], "flock") == 0;
    if (argc == 4 && strcmp(argv[1], "try") == 0) {
        int got = take(open_lock(argv[3]), 0, F_WRLCK, 0);
        must(got == 0 || errno == EAGAIN || errno == EACCES, "try the lock");
        say(got == 0 ? "free" : "busy");
    } else if (argc == 5 && strcmp(argv[1], "hold") == 0) {
        hold(argv[3], argv[4]);
    } else if (argc == 6 && strcmp(argv[1], "count") == 0) {
        count(argv[3], argv[4], atoi(argv[5]));
    } else {
        fail("usage: lock try KIND FILE | lock hold KIND FILE MARK | lock count KIND FOLDER NAME ROUNDS");
    }
    return 0;
}
