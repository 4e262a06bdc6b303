/* Holes: lseek(SEEK_DATA, SEEK_HOLE), fallocate(2) and its modes. */
#include "posix.h"
#include <sys/statvfs.h>

enum { K = 1024, M = 1024 * 1024 };

static int sparse_file(void) {
    static char block[64 * K];
    memset(block, 'x', sizeof block);
    int fd = OK(open("f", O_RDWR | O_CREAT, 0644));
    EQ(64 * K, OK(pwrite(fd, block, 64 * K, M)));
    EQ(64 * K, OK(pwrite(fd, block, 64 * K, 3 * M)));
    OK(ftruncate(fd, 4 * M));
    OK(fsync(fd));
    return fd;
}

static void is_zero(int fd, off_t from, off_t to) {
    static char block[64 * K];
    for (off_t at = from; at < to;) {
        size_t want = to - at < 64 * K ? to - at : 64 * K;
        EQ(want, OK(pread(fd, block, want, at)));
        for (size_t i = 0; i < want; i++)
            EQ(0, block[i]);
        at += want;
    }
}

CASE(sparse, seek_finds_data_and_holes) {
    int fd = sparse_file();
    EQ(M, OK(lseek(fd, 0, SEEK_DATA)));
    EQ(0, OK(lseek(fd, 0, SEEK_HOLE)));
    EQ(M + 64 * K, OK(lseek(fd, M, SEEK_HOLE)));
    EQ(3 * M, OK(lseek(fd, M + 64 * K, SEEK_DATA)));
    EQ(3 * M + 5, OK(lseek(fd, 3 * M + 5, SEEK_DATA)));
    FAILS(ENXIO, lseek(fd, 3 * M + 64 * K, SEEK_DATA));
    EQ(3 * M + 64 * K, OK(lseek(fd, 3 * M + 64 * K, SEEK_HOLE)));
    FAILS(ENXIO, lseek(fd, 4 * M, SEEK_DATA));
    FAILS(ENXIO, lseek(fd, 4 * M, SEEK_HOLE));
    FAILS(ENXIO, lseek(fd, -1, SEEK_DATA));
}

CASE(sparse, a_full_file_has_its_hole_at_the_end) {
    put("f", "text");
    int fd = OK(open("f", O_RDONLY));
    EQ(4, OK(lseek(fd, 0, SEEK_HOLE)));
    EQ(0, OK(lseek(fd, 0, SEEK_DATA)));
}

CASE(sparse, holes_take_no_space_and_read_as_zeros) {
    int fd = sparse_file();
    EQ(128 * K / 512, stat_of_fd(fd).st_blocks);
    is_zero(fd, 0, M);
    is_zero(fd, M + 64 * K, 3 * M);
}

CASE(sparse, punching) {
    int fd = sparse_file();
    char c;
    OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, M + 100, 32 * K));
    EQ(4 * M, stat_of_fd(fd).st_size);
    CHECK(stat_of_fd(fd).st_blocks < 128 * K / 512);
    is_zero(fd, M + 100, M + 100 + 32 * K);
    EQ(1, OK(pread(fd, &c, 1, M + 99)));
    EQ('x', c);
    EQ(1, OK(pread(fd, &c, 1, M + 100 + 32 * K)));
    EQ('x', c);
    FAILS(EOPNOTSUPP, fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 4096));
}

CASE(sparse, zeroing) {
    int fd = sparse_file();
    char c;
    OK(fallocate(fd, FALLOC_FL_ZERO_RANGE, M + 10, 1000));
    is_zero(fd, M + 10, M + 1010);
    EQ(1, OK(pread(fd, &c, 1, M + 1010)));
    EQ('x', c);
    OK(fallocate(fd, FALLOC_FL_ZERO_RANGE, 4 * M, K));
    EQ(4 * M + K, stat_of_fd(fd).st_size);
    OK(fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 5 * M, K));
    EQ(4 * M + K, stat_of_fd(fd).st_size);
}

CASE(sparse, allocating) {
    put("f", "text");
    int fd = OK(open("f", O_RDWR));
    OK(fallocate(fd, 0, 0, M));
    EQ(M, stat_of_fd(fd).st_size);
    CHECK(stat_of_fd(fd).st_blocks >= M / 512);
    is_zero(fd, 4, M);
    OK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 2 * M));
    EQ(M, stat_of_fd(fd).st_size);
    CHECK(stat_of_fd(fd).st_blocks >= 2 * M / 512);
    OK(posix_fallocate(fd, 0, M));
}

CASE(sparse, allocating_errors) {
    put("f", "text");
    OK(mkfifo("p", 0644));
    int fd = OK(open("f", O_RDWR));
    FAILS(EINVAL, fallocate(fd, 0, -1, 10));
    FAILS(EINVAL, fallocate(fd, 0, 0, 0));
    FAILS(EINVAL, fallocate(fd, 0, 0, -5));
    FAILS(EFBIG, fallocate(fd, 0, LLONG_MAX - 10, 100));
    FAILS(EBADF, fallocate(OK(open("f", O_RDONLY)), 0, 0, 10));
    FAILS(ESPIPE, fallocate(OK(open("p", O_RDWR)), 0, 0, 10));
    FAILS(EOPNOTSUPP, fallocate(fd, 0x8000, 0, 10));
    EQ(4, stat_of_fd(fd).st_size);
}

CASE(space, statvfs_tells_of_the_file_system) {
    struct statvfs s;
    OK(statvfs(".", &s));
    EQ(255, s.f_namemax);
    CHECK(s.f_blocks > 0 && s.f_bfree <= s.f_blocks && s.f_bavail <= s.f_bfree);
    CHECK(s.f_files > 0 && s.f_ffree <= s.f_files);
    EQ(4096, s.f_frsize);
    put("f", "");
    struct statvfs of_file;
    OK(fstatvfs(OK(open("f", O_RDONLY)), &of_file));
    EQ(s.f_blocks, of_file.f_blocks);
}
