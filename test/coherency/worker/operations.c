/* What a client does: names and arguments are chosen from few, so that the clients meet. */
#include "worker.h"
#include <dirent.h>
#include <sys/syscall.h>

static const char *const names[NAMES + 1] = {".", "a", "b", "c", "d", "e"};

static const char *text(uint8_t path, char *buffer) {
    if (path / 8)
        sprintf(buffer, "%s/%s", names[path / 8], names[path % 8]);
    else
        strcpy(buffer, names[path % 8]);
    return buffer;
}

/* a, b, c, d, e, and a and b in d and e. In some rounds a client stays at one place for a while: what nobody else uses may be
 * cached, until somebody else comes. */
static uint8_t some_path(struct worker *worker) {
    if (worker->stay && rnd(worker, worker->stay) == 0)
        worker->home = 1 + (uint8_t)rnd(worker, NAMES);
    if (worker->stay && worker->home && rnd(worker, worker->elsewhere))
        return worker->home < 4 ? worker->home : worker->home * 8 + 1 + rnd(worker, 2);
    if (rnd(worker, 5) < 3)
        return 1 + rnd(worker, NAMES);
    return (4 + rnd(worker, 2)) * 8 + 1 + rnd(worker, 2);
}

static uint8_t folder_path(struct worker *worker) {
    return rnd(worker, 4) ? 4 + rnd(worker, 2) : some_path(worker);
}

static uint32_t some_mode(struct worker *worker) {
    return 0600 | rnd(worker, 64);
}

const char *look_at(struct worker *worker, char *buffer) {
    uint64_t recorded = worker->random;
    worker->random = worker->random_look;
    uint32_t name = rnd(worker, NAMES + 4);
    worker->random_look = worker->random;
    worker->random = recorded;
    return text(name < NAMES ? (uint8_t)(1 + name) : (uint8_t)((4 + (name - NAMES) / 2) * 8 + 1 + name % 2), buffer);
}

static void keep_stat(struct record *record, const struct stat *s) {
    record->stat.ino = s->st_ino;
    record->stat.size = (uint64_t)s->st_size;
    record->stat.mtime = (uint64_t)s->st_mtim.tv_sec * 1000000000 + (uint64_t)s->st_mtim.tv_nsec;
    record->stat.ctime = (uint64_t)s->st_ctim.tv_sec * 1000000000 + (uint64_t)s->st_ctim.tv_nsec;
    record->stat.mode = s->st_mode;
    record->stat.nlink = (uint32_t)s->st_nlink;
}

static void do_open(struct worker *worker, struct record *record, const char *path) {
    static const uint8_t ways[] = {
        0, 0, O_WRITABLE, O_WRITABLE | O_AT_END, O_WRITABLE | O_EMPTY, O_MAKE | O_WRITABLE, O_MAKE | O_WRITABLE | O_AT_END,
        O_MAKE | O_ALONE | O_WRITABLE, O_MAKE | O_ALONE | O_WRITABLE | O_AT_END, O_MAKE | O_WRITABLE | O_EMPTY,
    };
    uint8_t way = ways[rnd(worker, sizeof ways)];
    if (worker->looks)
        way &= O_WRITABLE | O_AT_END;
    int flags = O_CLOEXEC | (way & O_WRITABLE ? O_RDWR : O_RDONLY) | (way & O_MAKE ? O_CREAT : 0) | (way & O_ALONE ? O_EXCL : 0)
        | (way & O_EMPTY ? O_TRUNC : 0) | (way & O_AT_END ? O_APPEND : 0);
    record->argument = some_mode(worker);
    record->argument2 = way;
    begin(worker, record);
    int fd = openat(worker->folder, path, flags, record->argument);
    end(worker, record, fd);
    if (fd < 0)
        return;
    record->result = 0;
    worker->slots[record->slot] = fd;
    worker->writable[record->slot] = way & O_WRITABLE;
}

static void do_read(struct worker *worker, struct record *record, int fd) {
    record->argument = rnd(worker, 4) ? 0 : 8 * rnd(worker, 3);
    record->argument2 = MAX_UNITS;
    uint64_t units[MAX_UNITS];
    begin(worker, record);
    ssize_t got = pread(fd, units, sizeof units, record->argument * 8);
    end(worker, record, got);
    if (got > 0)
        memcpy(record->units, units, (size_t)got);
    record->count = got > 0 ? (uint32_t)got / 8 : 0;
}

static void do_write(struct worker *worker, struct record *record, int fd) {
    uint64_t units[4];
    record->argument = rnd(worker, MAX_UNITS);
    record->argument2 = 1 + rnd(worker, 4);
    record->stamp = worker->stamp;
    for (uint32_t i = 0; i < record->argument2; i++)
        units[i] = worker->stamp++;
    begin(worker, record);
    ssize_t done = pwrite(fd, units, record->argument2 * 8, record->argument * 8);
    end(worker, record, done);
}

static void do_list(struct worker *worker, struct record *record, const char *path) {
    char buffer[2048];
    long got = -1;
    begin(worker, record);
    int fd = openat(worker->folder, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        while ((got = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0) {
            for (char *at = buffer; at < buffer + got;) {
                struct dirent64 *found = (void *)at;
                at += found->d_reclen;
                if (found->d_name[0] == '.')
                    continue;
                if (record->count < MAX_ENTRIES)
                    record->entries[record->count] = (struct entry){
                        .ino = found->d_ino, .name = (uint8_t)(found->d_name[0] - 'a' + 1), .type = found->d_type};
                record->count++;
            }
        }
        int error = errno;
        close(fd);
        errno = error;
    }
    end(worker, record, got);
}

static void on_slot(struct worker *worker, struct record *record) {
    int fd = worker->slots[record->slot];
    struct stat s;
    uint32_t choice = rnd(worker, 20);
    if (worker->looks && choice < 17)
        choice = choice % 2 ? 0 : 12;
    if (worker->header->maps && rnd(worker, 3) == 0) {
        /* A store that is not allowed is a fault at every try. */
        bool store = worker->writable[record->slot] && rnd(worker, 2);
        record->operation = store ? STORE : LOAD;
        load_or_store(worker, record, fd, store);
    } else if (choice < 6) {
        record->operation = READ;
        do_read(worker, record, fd);
    } else if (choice < 12) {
        record->operation = WRITE;
        do_write(worker, record, fd);
    } else if (choice < 15) {
        record->operation = FSTAT;
        begin(worker, record);
        int result = fstat(fd, &s);
        end(worker, record, result);
        if (!result)
            keep_stat(record, &s);
    } else if (choice < 16) {
        record->operation = FCHMOD;
        record->argument = some_mode(worker);
        begin(worker, record);
        end(worker, record, fchmod(fd, record->argument));
    } else if (choice < 17) {
        record->operation = FTRUNCATE;
        record->argument = rnd(worker, 8);
        begin(worker, record);
        end(worker, record, ftruncate(fd, record->argument * 8));
    } else {
        record->operation = CLOSE;
        begin(worker, record);
        end(worker, record, close(fd));
        worker->slots[record->slot] = -1;
    }
}

void operate(struct worker *worker, struct record *record) {
    char first[8], second[8];
    struct stat s;
    uint32_t choice = rnd(worker, 100);
    record->slot = (uint8_t)rnd(worker, SLOTS);
    /* Each change of the host's takes as long as guests may believe otherwise. */
    worker->looks = worker->header->believed && !worker->guest && rnd(worker, 32);
    if (worker->looks && choice >= 62 && choice < 96)
        choice = 38;
    if (choice < 38 && worker->slots[record->slot] >= 0) {
        on_slot(worker, record);
        return;
    }
    record->path = some_path(worker);
    if (choice < 38) {
        record->operation = OPEN;
        do_open(worker, record, text(record->path, first));
    } else if (choice < 62) {
        record->operation = STAT;
        if (rnd(worker, 12) == 0)
            record->path = 0;
        text(record->path, first);
        begin(worker, record);
        int result = fstatat(worker->folder, first, &s, AT_SYMLINK_NOFOLLOW);
        end(worker, record, result);
        if (!result)
            keep_stat(record, &s);
    } else if (choice < 67) {
        record->operation = CHMOD;
        record->argument = some_mode(worker);
        text(record->path, first);
        begin(worker, record);
        end(worker, record, fchmodat(worker->folder, first, record->argument, 0));
    } else if (choice < 71) {
        record->operation = TRUNCATE;
        record->argument = rnd(worker, 8);
        text(record->path, first);
        begin(worker, record);
        /* There is no truncateat: the folder is the working directory too. */
        end(worker, record, truncate(first, record->argument * 8));
    } else if (choice < 76) {
        record->operation = UNLINK;
        text(record->path, first);
        begin(worker, record);
        end(worker, record, unlinkat(worker->folder, first, 0));
    } else if (choice < 79) {
        record->operation = RMDIR;
        record->path = folder_path(worker);
        text(record->path, first);
        begin(worker, record);
        end(worker, record, unlinkat(worker->folder, first, AT_REMOVEDIR));
    } else if (choice < 84) {
        record->operation = MKDIR;
        record->path = folder_path(worker);
        record->argument = some_mode(worker);
        text(record->path, first);
        begin(worker, record);
        end(worker, record, mkdirat(worker->folder, first, record->argument));
    } else if (choice < 89) {
        record->operation = LINK;
        record->path2 = some_path(worker);
        text(record->path, first);
        text(record->path2, second);
        begin(worker, record);
        end(worker, record, linkat(worker->folder, first, worker->folder, second, 0));
    } else if (choice < 96) {
        record->operation = RENAME;
        record->path2 = some_path(worker);
        uint32_t kind = rnd(worker, 8);
        record->argument = kind == 0 ? RENAME_NOREPLACE : kind == 1 ? RENAME_EXCHANGE : 0;
        text(record->path, first);
        text(record->path2, second);
        begin(worker, record);
        end(worker, record, renameat2(worker->folder, first, worker->folder, second, record->argument));
    } else {
        record->operation = LIST;
        record->path = rnd(worker, 2) ? 0 : 4 + rnd(worker, 2);
        do_list(worker, record, text(record->path, first));
    }
}
