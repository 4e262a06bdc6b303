/* read, write, their vectors, copy_file_range, splice, direct I/O, syncing, positions at the edges. */
#include "posix.h"
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <linux/fs.h>

enum { M = 1024 * 1024 };

static char one[M], two[M];

static void pattern(char *block, size_t size, unsigned seed) {
    for (size_t i = 0; i < size; i++)
        block[i] = (seed = seed * 1103515245 + 12345) >> 16;
}

CASE(data, what_is_written_is_read) {
    static const size_t sizes[] = {1, 4095, 4096, 4097, 65536, 100000, 131073, M};
    int fd = OK(open("f", O_RDWR | O_CREAT, 0644));
    off_t at = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; at += sizes[i++]) {
        pattern(one, sizes[i], i);
        EQ(sizes[i], OK(pwrite(fd, one, sizes[i], at)));
        EQ(sizes[i], OK(pread(fd, two, sizes[i], at)));
        CHECK(!memcmp(one, two, sizes[i]));
    }
    EQ(at, stat_of("f").st_size);
    OK(close(fd));
    fd = OK(open("f", O_RDONLY));
    at = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; at += sizes[i++]) {
        pattern(one, sizes[i], i);
        EQ(sizes[i], OK(pread(fd, two, sizes[i], at)));
        CHECK(!memcmp(one, two, sizes[i]));
    }
}

CASE(data, the_end_of_the_file) {
    char c[8];
    put("f", "text");
    int fd = OK(open("f", O_RDWR));
    EQ(2, OK(pread(fd, c, 8, 2)));
    EQ(0, OK(pread(fd, c, 8, 4)));
    EQ(0, OK(pread(fd, c, 8, 1LL << 50)));
    FAILS(EINVAL, pread(fd, c, 8, -1));
    FAILS(EINVAL, pwrite(fd, c, 8, -1));
    FAILS(EFAULT, read(fd, (void *)8, 4));
}

CASE(data, at_the_edge_of_offsets) {
    int fd = OK(open("f", O_RDWR | O_CREAT, 0644));
    /* ext4's largest file with 4 KiB blocks. */
    FAILS(EFBIG, pwrite(fd, "x", 1, (1LL << 44) - 4096));
    FAILS(EFBIG, pwrite(fd, "x", 1, LLONG_MAX - 1));
    EQ(1, OK(pwrite(fd, "x", 1, (1LL << 43))));
    EQ((1LL << 43) + 1, stat_of("f").st_size);
    FAILS(EINVAL, lseek(fd, -1, SEEK_SET));
    FAILS(EINVAL, lseek(fd, 0, 77));
}

CASE(data, vectors) {
    char a[3], b[5];
    struct iovec out[3] = {{"abc", 3}, {"", 0}, {"defgh", 5}}, in[2] = {{a, 3}, {b, 5}};
    int fd = OK(open("f", O_RDWR | O_CREAT, 0644));
    EQ(8, OK(writev(fd, out, 3)));
    EQ(8, OK(preadv(fd, in, 2, 0)));
    CHECK(!memcmp(a, "abc", 3) && !memcmp(b, "defgh", 5));
    EQ(8, OK(pwritev(fd, out, 3, 100)));
    EQ(108, stat_of("f").st_size);
    FAILS(EINVAL, writev(fd, out, -1));
}

CASE(data, copying_a_range) {
    pattern(one, M, 7);
    int from = OK(open("from", O_RDWR | O_CREAT, 0644)), to = OK(open("to", O_RDWR | O_CREAT, 0644));
    EQ(M, OK(write(from, one, M)));
    off_t in = 1000, out = 5;
    ssize_t all = 0;
    while (all < 500000)
        all += OK(copy_file_range(from, &in, to, &out, 500000 - all, 0));
    EQ(501000, in);
    EQ(500005, stat_of("to").st_size);
    EQ(500000, OK(pread(to, two, 500000, 5)));
    CHECK(!memcmp(one + 1000, two, 500000));
    EQ(0, OK(copy_file_range(from, (off_t[]){M}, to, NULL, 10, 0)));
    FAILS(EINVAL, copy_file_range(from, (off_t[]){0}, from, (off_t[]){5}, 10, 0));
    FAILS(EBADF, copy_file_range(from, NULL, OK(open("to", O_RDONLY)), NULL, 10, 0));
    FAILS(EBADF, copy_file_range(from, NULL, OK(open("to", O_WRONLY | O_APPEND)), NULL, 10, 0));
    OK(mkdir("d", 0755));
    FAILS(EISDIR, copy_file_range(OK(open("d", O_RDONLY)), NULL, to, NULL, 10, 0));
}

CASE(data, copying_inside_one_file) {
    pattern(one, 8192, 9);
    int fd = OK(open("f", O_RDWR | O_CREAT, 0644));
    EQ(8192, OK(write(fd, one, 8192)));
    EQ(4096, OK(copy_file_range(fd, (off_t[]){0}, fd, (off_t[]){8192}, 4096, 0)));
    EQ(4096, OK(pread(fd, two, 4096, 8192)));
    CHECK(!memcmp(one, two, 4096));
}

CASE(data, sendfile_and_splice) {
    int pipes[2];
    pattern(one, 60000, 11);
    int from = OK(open("from", O_RDWR | O_CREAT, 0644)), to = OK(open("to", O_RDWR | O_CREAT, 0644));
    EQ(60000, OK(write(from, one, 60000)));
    EQ(60000, OK(sendfile(to, from, (off_t[]){0}, 60000)));
    OK(pipe(pipes));
    EQ(60000, OK(splice(from, (off_t[]){0}, pipes[1], NULL, 60000, 0)));
    for (ssize_t left = 60000; left > 0;)
        left -= OK(splice(pipes[0], NULL, to, NULL, left, 0));
    EQ(120000, stat_of("to").st_size);
    EQ(60000, OK(pread(to, two, 60000, 60000)));
    CHECK(!memcmp(one, two, 60000));
}

CASE(data, direct) {
    char *block = aligned_alloc(4096, 65536);
    pattern(block, 65536, 13);
    int fd = OK(open("f", O_RDWR | O_CREAT | O_DIRECT, 0644)), cached = OK(open("f", O_RDWR));
    EQ(65536, OK(pwrite(fd, block, 65536, 0)));
    EQ(65536, OK(pread(cached, two, 65536, 0)));
    CHECK(!memcmp(block, two, 65536));
    EQ(3, OK(pwrite(cached, "new", 3, 5000)));
    EQ(4096, OK(pread(fd, block, 4096, 4096)));
    CHECK(!memcmp(block + 904, "new", 3));
    memset(block, 'd', 4096);
    EQ(4096, OK(pwrite(fd, block, 4096, 4096)));
    EQ(3, OK(pread(cached, two, 3, 5000)));
    CHECK(!memcmp(two, "ddd", 3));
    EQ(4096, OK(pread(fd, block, 65536, 61440)));
}

CASE(data, syncing) {
    put("f", "text");
    int fd = OK(open("f", O_RDWR)), folder = OK(open(".", O_RDONLY | O_DIRECTORY));
    OK(fsync(fd));
    OK(fdatasync(fd));
    OK(syncfs(fd));
    OK(fsync(folder));
    OK(sync_file_range(fd, 0, 4, SYNC_FILE_RANGE_WRITE));
    EQ(4, OK(write(OK(open("f", O_WRONLY | O_SYNC)), "more", 4)));
    EQ(4, OK(write(OK(open("f", O_WRONLY | O_DSYNC)), "more", 4)));
    has_text("f", "more");
}

CASE(data, writes_are_seen_by_others_at_once) {
    char text[32];
    pair_open();
    int fd = OK(open("f", O_RDWR | O_CREAT, 0644));
    if (in_child()) {
        int mine = OK(open("f", O_RDONLY));
        for (int i = 0; i < 100; i++) {
            wait_parent();
            snprintf(text, sizeof text, "%031d", i);
            char found[32];
            EQ(32, OK(pread(mine, found, 32, 32 * i)));
            CHECK(!memcmp(text, found, 32));
            EQ(32 * (i + 1), stat_of_fd(mine).st_size);
            tell_parent();
        }
        done();
    }
    for (int i = 0; i < 100; i++) {
        snprintf(text, sizeof text, "%031d", i);
        EQ(32, OK(write(fd, text, 32)));
        tell_child();
        wait_child();
    }
    child_ok();
}

CASE(flags, of_inodes) {
    int flags = 0;
    put("f", "text");
    int fd = OK(open("f", O_RDWR));
    OK(ioctl(fd, FS_IOC_GETFLAGS, &flags));
    CHECK(!(flags & FS_APPEND_FL));
    flags |= FS_APPEND_FL;
    OK(ioctl(fd, FS_IOC_SETFLAGS, &flags));
    FAILS(EPERM, open("f", O_RDWR));
    FAILS(EPERM, unlink("f"));
    int appending = OK(open("f", O_WRONLY | O_APPEND));
    EQ(1, OK(write(appending, "x", 1)));
    flags = (flags & ~FS_APPEND_FL) | FS_IMMUTABLE_FL;
    OK(ioctl(fd, FS_IOC_SETFLAGS, &flags));
    FAILS(EPERM, chmod("f", 0600));
    FAILS(EPERM, link("f", "g"));
    flags &= ~FS_IMMUTABLE_FL;
    OK(ioctl(fd, FS_IOC_SETFLAGS, &flags));
    OK(unlink("f"));
}

CASE(flags, of_xfs_form) {
    struct fsxattr attributes;
    put("f", "text");
    int fd = OK(open("f", O_RDWR));
    OK(ioctl(fd, FS_IOC_FSGETXATTR, &attributes));
    attributes.fsx_xflags |= FS_XFLAG_NODUMP;
    OK(ioctl(fd, FS_IOC_FSSETXATTR, &attributes));
    OK(ioctl(fd, FS_IOC_FSGETXATTR, &attributes));
    CHECK(attributes.fsx_xflags & FS_XFLAG_NODUMP);
}
