/* truncate(2), ftruncate(2). */
#include "posix.h"
#include <sys/resource.h>

CASE(truncate, shrinks_and_grows) {
    char bytes[8];
    put("f", "abcdefgh");
    OK(truncate("f", 3));
    EQ(3, stat_of("f").st_size);
    OK(truncate("f", 8));
    int fd = OK(open("f", O_RDWR));
    EQ(8, OK(read(fd, bytes, 8)));
    CHECK(!memcmp(bytes, "abc\0\0\0\0\0", 8));
    OK(ftruncate(fd, 0));
    EQ(0, stat_of("f").st_size);
    EQ(0, OK(pread(fd, bytes, 8, 0)));
}

CASE(truncate, what_was_cut_never_comes_back) {
    char page[4096];
    int fd = OK(open("f", O_RDWR | O_CREAT, 0644));
    memset(page, 'x', sizeof page);
    EQ(4096, OK(write(fd, page, 4096)));
    for (off_t cut = 4095; cut > 0; cut -= 819) {
        OK(ftruncate(fd, cut));
        OK(ftruncate(fd, 4096));
        EQ(4096, OK(pread(fd, page, 4096, 0)));
        for (off_t i = 0; i < 4096; i++)
            EQ(i < cut ? 'x' : 0, page[i]);
    }
}

CASE(truncate, keeps_the_position) {
    put("f", "abcdefgh");
    int fd = OK(open("f", O_RDWR));
    EQ(5, OK(lseek(fd, 5, SEEK_SET)));
    OK(ftruncate(fd, 2));
    EQ(5, OK(lseek(fd, 0, SEEK_CUR)));
    EQ(1, OK(write(fd, "x", 1)));
    EQ(6, stat_of("f").st_size);
}

CASE(truncate, far_beyond) {
    put("f", "x");
    OK(truncate("f", 1LL << 40));
    EQ(1LL << 40, stat_of("f").st_size);
    CHECK(stat_of("f").st_blocks <= 16);
}

CASE(truncate, changes_times) {
    put("f", "text");
    struct stat before = stat_of("f");
    tick();
    OK(truncate("f", 2));
    struct stat cut = stat_of("f");
    CHECK(later(cut.st_mtim, before.st_mtim) && later(cut.st_ctim, before.st_ctim));
    tick();
    OK(truncate("f", 2));
    struct stat kept = stat_of("f");
    CHECK(later(kept.st_mtim, cut.st_mtim) && later(kept.st_ctim, cut.st_ctim));
}

CASE(truncate, errors) {
    put("f", "text");
    OK(mkdir("d", 0755));
    OK(mkfifo("p", 0644));
    OK(symlink("loop", "loop"));
    FAILS(EINVAL, truncate("f", -1));
    FAILS(EISDIR, truncate("d", 0));
    FAILS(EINVAL, truncate("p", 0));
    FAILS(ENOENT, truncate("none", 0));
    FAILS(ENOTDIR, truncate("f/x", 0));
    FAILS(ELOOP, truncate("loop", 0));
    FAILS(EFBIG, truncate("f", LLONG_MAX));
    FAILS(EINVAL, ftruncate(OK(open("f", O_RDONLY)), 0));
    FAILS(EINVAL, ftruncate(OK(open("f", O_RDWR)), -1));
    as(ALICE, ALICE);
    FAILS(EACCES, truncate("f", 0));
    EQ(4, stat_of("f").st_size);
}

CASE(truncate, needs_permission_at_open_only) {
    make_owned("f", 0600, ALICE, ALICE);
    as(ALICE, ALICE);
    int fd = OK(open("f", O_RDWR));
    OK(fchmod(fd, 0));
    OK(ftruncate(fd, 1));
    FAILS(EACCES, truncate("f", 0));
}

CASE(truncate, obeys_the_limit_of_file_sizes) {
    struct rlimit limit = {65536, RLIM_INFINITY};
    put("f", "");
    signal(SIGXFSZ, SIG_IGN);
    OK(setrlimit(RLIMIT_FSIZE, &limit));
    FAILS(EFBIG, truncate("f", 65537));
    OK(truncate("f", 65536));
    int fd = OK(open("f", O_RDWR));
    FAILS(EFBIG, pwrite(fd, "x", 1, 65536));
    EQ(1, OK(pwrite(fd, "xx", 2, 65535)));
}
