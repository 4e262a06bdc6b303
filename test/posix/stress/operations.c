/* The operations: each is done to the file by a system call, and to the model by memory functions. */
#include "stress.h"
#include <stdarg.h>

unsigned char model[MAX_SIZE];
size_t model_size;

static unsigned char *buffer;

static void check(const unsigned char *found, size_t at, size_t length, const char *how) {
    if (!memcmp(found, model + at, length))
        return;
    size_t i = 0;
    while (found[i] == model[at + i])
        i++;
    mismatch("%s at %zu, length %zu: byte %zu is 0x%02x, expected 0x%02x", how, at, length, at + i, found[i], model[at + i]);
}

static void grow(size_t size) {
    /* Bytes behind the end are zeros in the model at all times. */
    if (size > model_size)
        model_size = size;
}

static void shrink(size_t size) {
    if (size < model_size)
        memset(model + size, 0, model_size - size);
    model_size = size;
}

static void fill(size_t length) {
    uint32_t value = rnd(0xffffffff);
    for (size_t i = 0; i < length; i++)
        buffer[i] = (value = value * 1664525 + 1013904223) >> 24;
}

/* A range in which something may be written. */
static void range(size_t *at, size_t *length, size_t unit) {
    *length = rnd(8) == 0 ? 1 + rnd(LARGEST) : 1 + rnd(3 * UNIT);
    *at = rnd(rnd(2) && model_size ? model_size : MAX_SIZE - LARGEST - UNIT);
    if (*at + *length > MAX_SIZE)
        *at = MAX_SIZE - *length;
    if (unit > 1) {
        *at &= ~(unit - 1);
        *length = (*length + unit - 1) & ~(unit - 1);
    }
}

static int some_fd(struct files *files, size_t *unit) {
    bool direct = files->direct >= 0 && rnd(4) == 0;
    *unit = direct ? UNIT : 1;
    return direct ? files->direct : files->buffered;
}

static const char *do_read(struct files *files) {
    size_t at, length, unit;
    int fd = some_fd(files, &unit);
    range(&at, &length, unit);
    note("read at %zu, %zu%s", at, length, unit > 1 ? ", direct" : "");
    ssize_t want = at >= model_size ? 0 : at + length > model_size ? (ssize_t)(model_size - at) : (ssize_t)length;
    ssize_t got = pread(fd, buffer, length, at);
    if (got != want)
        mismatch("read gave %zd (%s), expected %zd", got, got < 0 ? strerror(errno) : "", want);
    check(buffer, at, got, "read");
    return "read";
}

static const char *do_write(struct files *files) {
    size_t at, length, unit;
    int fd = some_fd(files, &unit);
    range(&at, &length, unit);
    note("write at %zu, %zu%s", at, length, unit > 1 ? ", direct" : "");
    fill(length);
    ssize_t got = pwrite(fd, buffer, length, at);
    if (got != (ssize_t)length)
        mismatch("write gave %zd (%s), expected %zu", got, got < 0 ? strerror(errno) : "", length);
    memcpy(model + at, buffer, length);
    grow(at + length);
    return "write";
}

static const char *do_mapped(struct files *files, bool store) {
    size_t at, length;
    range(&at, &length, 1);
    if (!files->mapping || at >= model_size)
        return do_read(files);
    if (at + length > model_size)
        length = model_size - at;
    note("%s through a mapping at %zu, %zu", store ? "store" : "load", at, length);
    size_t skip = at % UNIT;
    unsigned char *memory = mmap(NULL, length + skip, store ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, files->buffered, at - skip);
    if (memory == MAP_FAILED)
        mismatch("mmap: %s", strerror(errno));
    if (store) {
        fill(length);
        memcpy(memory + skip, buffer, length);
        memcpy(model + at, buffer, length);
        if (rnd(3) == 0 && msync(memory, length + skip, MS_SYNC))
            mismatch("msync: %s", strerror(errno));
    } else {
        check(memory + skip, at, length, "mapping");
    }
    munmap(memory, length + skip);
    return store ? "store" : "load";
}

static const char *do_truncate(struct files *files) {
    size_t size = rnd(3) == 0 ? rnd(MAX_SIZE) : rnd(model_size + 2 * UNIT);
    if (size > MAX_SIZE)
        size = MAX_SIZE;
    note("truncate to %zu", size);
    if (rnd(2) ? ftruncate(files->buffered, size) : truncate(files->path, size))
        mismatch("truncate: %s", strerror(errno));
    shrink(size < model_size ? size : model_size);
    model_size = size;
    return "truncate";
}

static const char *do_allocate(struct files *files, int mode) {
    size_t at, length;
    if (!files->allocating)
        return do_write(files);
    range(&at, &length, 1);
    note("fallocate mode %d at %zu, %zu", mode, at, length);
    if (fallocate(files->buffered, mode, at, length))
        mismatch("fallocate: %s", strerror(errno));
    if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE) && at < model_size)
        memset(model + at, 0, at + length > model_size ? model_size - at : length);
    if (!(mode & FALLOC_FL_KEEP_SIZE))
        grow(at + length);
    return "fallocate";
}

static const char *do_collapse(struct files *files) {
    size_t at, length;
    range(&at, &length, UNIT);
    if (!files->collapsing || at + length >= model_size)
        return do_read(files);
    note("collapse at %zu, %zu", at, length);
    if (fallocate(files->buffered, FALLOC_FL_COLLAPSE_RANGE, at, length))
        mismatch("collapse: %s", strerror(errno));
    memmove(model + at, model + at + length, model_size - at - length);
    shrink(model_size - length);
    return "collapse";
}

static const char *do_copy(struct files *files) {
    size_t from, to, length;
    range(&from, &length, 1);
    to = rnd(MAX_SIZE - length);
    if (from + length > model_size || (to < from + length && from < to + length))
        return do_read(files);
    note("copy from %zu to %zu, %zu", from, to, length);
    for (size_t done = 0; done < length;) {
        off_t in = from + done, out = to + done;
        ssize_t got = copy_file_range(files->buffered, &in, files->buffered, &out, length - done, 0);
        if (got <= 0)
            mismatch("copy_file_range gave %zd (%s)", got, got < 0 ? strerror(errno) : "");
        done += got;
    }
    memcpy(model + to, model + from, length);
    grow(to + length);
    return "copy";
}

static const char *do_append(struct files *files) {
    size_t length = 1 + rnd(2 * UNIT);
    if (model_size + length > MAX_SIZE)
        return do_truncate(files);
    note("append %zu", length);
    fill(length);
    int fd = open(files->path, O_WRONLY | O_APPEND);
    ssize_t got = fd < 0 ? -1 : write(fd, buffer, length);
    if (got != (ssize_t)length || close(fd))
        mismatch("append gave %zd: %s", got, strerror(errno));
    memcpy(model + model_size, buffer, length);
    grow(model_size + length);
    return "append";
}

/* Not often: a disk takes longer for it than for all the rest. */
static const char *do_sync(struct files *files) {
    if (rnd(4) && model_size)
        return do_read(files);
    note("fsync");
    if (rnd(2) ? fsync(files->buffered) : fdatasync(files->buffered))
        mismatch("fsync: %s", strerror(errno));
    return "fsync";
}

static const char *do_reopen(struct files *files) {
    note("close and open");
    if (close(files->buffered) || (files->direct >= 0 && close(files->direct)))
        mismatch("close: %s", strerror(errno));
    files->buffered = open(files->path, O_RDWR);
    files->direct = files->direct >= 0 ? open(files->path, O_RDWR | O_DIRECT) : -1;
    if (files->buffered < 0)
        mismatch("open: %s", strerror(errno));
    return "reopen";
}

const char *operate(struct files *files) {
    switch (rnd(20)) {
    case 0: case 1: case 2: case 3: return do_read(files);
    case 4: case 5: case 6: case 7: return do_write(files);
    case 8: case 9: return do_mapped(files, false);
    case 10: case 11: return do_mapped(files, true);
    case 12: return do_truncate(files);
    case 13: return do_allocate(files, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
    case 14: return do_allocate(files, rnd(2) ? FALLOC_FL_ZERO_RANGE : FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE);
    case 15: return do_allocate(files, rnd(2) ? 0 : FALLOC_FL_KEEP_SIZE);
    case 16: return do_copy(files);
    case 17: return rnd(2) ? do_append(files) : do_collapse(files);
    case 18: return do_sync(files);
    default: return do_reopen(files);
    }
}

void compare_all(struct files *files) {
    note("compare all");
    for (size_t at = 0; at < model_size; at += LARGEST) {
        size_t length = model_size - at < LARGEST ? model_size - at : LARGEST;
        ssize_t got = pread(files->buffered, buffer, length, at);
        if (got != (ssize_t)length)
            mismatch("read gave %zd (%s), expected %zu", got, got < 0 ? strerror(errno) : "", length);
        check(buffer, at, length, "the whole file");
    }
}

void open_files(struct files *files) {
    unlink(files->path);
    buffer = aligned_alloc(UNIT, LARGEST + UNIT);
    files->buffered = open(files->path, O_RDWR | O_CREAT | O_EXCL, 0644);
    if (files->buffered < 0 || ftruncate(files->buffered, 2 * UNIT))
        mismatch("%s cannot be made: %s", files->path, strerror(errno));
    files->direct = open(files->path, O_RDWR | O_DIRECT);
    /* What the file system has not is left out, and the summary says so. */
    void *memory = mmap(NULL, UNIT, PROT_READ | PROT_WRITE, MAP_SHARED, files->buffered, 0);
    files->mapping = memory != MAP_FAILED;
    if (files->mapping)
        munmap(memory, UNIT);
    files->allocating = !fallocate(files->buffered, FALLOC_FL_ZERO_RANGE, 0, UNIT);
    files->collapsing = !fallocate(files->buffered, FALLOC_FL_COLLAPSE_RANGE, 0, UNIT);
    if (ftruncate(files->buffered, 0))
        mismatch("truncate: %s", strerror(errno));
}
