/* utimensat(2), and which call moves which time (POSIX: "shall mark for update"). */
#include "posix.h"

static const struct timespec then[2] = {{1000000000, 123456789}, {1100000000, 987654321}};

CASE(utimens, sets_both_to_the_nanosecond) {
    put("f", "");
    OK(utimensat(AT_FDCWD, "f", then, 0));
    struct stat s = stat_of("f");
    CHECK(same(s.st_atim, then[0]) && same(s.st_mtim, then[1]));
    int fd = OK(open("f", O_RDONLY));
    struct timespec other[2] = {{5, 6}, {7, 8}};
    OK(futimens(fd, other));
    s = stat_of("f");
    CHECK(same(s.st_atim, other[0]) && same(s.st_mtim, other[1]));
}

CASE(utimens, now_and_omit) {
    struct timespec omit_now[2] = {{0, UTIME_OMIT}, {0, UTIME_NOW}}, now_omit[2] = {{0, UTIME_NOW}, {0, UTIME_OMIT}}, clock;
    put("f", "");
    OK(utimensat(AT_FDCWD, "f", then, 0));
    OK(utimensat(AT_FDCWD, "f", omit_now, 0));
    struct stat s = stat_of("f");
    OK(clock_gettime(CLOCK_REALTIME, &clock));
    CHECK(same(s.st_atim, then[0]));
    CHECK(labs(s.st_mtim.tv_sec - clock.tv_sec) < 60);
    OK(utimensat(AT_FDCWD, "f", then, 0));
    OK(utimensat(AT_FDCWD, "f", now_omit, 0));
    s = stat_of("f");
    CHECK(same(s.st_mtim, then[1]));
    CHECK(labs(s.st_atim.tv_sec - clock.tv_sec) < 60);
    OK(utimensat(AT_FDCWD, "f", NULL, 0));
    CHECK(labs(stat_of("f").st_mtim.tv_sec - clock.tv_sec) < 60);
}

CASE(utimens, omitting_both_changes_nothing) {
    struct timespec omit[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
    put("f", "");
    struct stat before = stat_of("f");
    tick();
    OK(utimensat(AT_FDCWD, "f", omit, 0));
    CHECK(same(stat_of("f").st_ctim, before.st_ctim));
}

CASE(utimens, moves_ctime) {
    put("f", "");
    struct stat before = stat_of("f");
    tick();
    OK(utimensat(AT_FDCWD, "f", then, 0));
    CHECK(later(stat_of("f").st_ctim, before.st_ctim));
}

CASE(utimens, before_1970_and_after_2038) {
    struct timespec far[2] = {{-1000000000, 5}, {8000000000, 7}};
    put("f", "");
    OK(utimensat(AT_FDCWD, "f", far, 0));
    struct stat s = stat_of("f");
    CHECK(same(s.st_atim, far[0]) && same(s.st_mtim, far[1]));
}

CASE(utimens, of_links_folders_and_fifos) {
    put("f", "");
    OK(mkdir("d", 0755));
    OK(mkfifo("p", 0644));
    OK(symlink("f", "l"));
    OK(utimensat(AT_FDCWD, "l", then, AT_SYMLINK_NOFOLLOW));
    CHECK(same(stat_of("l").st_mtim, then[1]) && !same(stat_of("f").st_mtim, then[1]));
    OK(utimensat(AT_FDCWD, "l", then, 0));
    CHECK(same(stat_of("f").st_mtim, then[1]));
    OK(utimensat(AT_FDCWD, "d", then, 0));
    OK(utimensat(AT_FDCWD, "p", then, 0));
    CHECK(same(stat_of("d").st_mtim, then[1]) && same(stat_of("p").st_mtim, then[1]));
}

CASE(utimens, who_may) {
    struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}}, half[2] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
    make_owned("f", 0666, ALICE, ALICE);
    make_owned("closed", 0644, ALICE, ALICE);
    as(BOB, BOB);
    OK(utimensat(AT_FDCWD, "f", now, 0));
    OK(utimensat(AT_FDCWD, "f", NULL, 0));
    FAILS(EPERM, utimensat(AT_FDCWD, "f", then, 0));
    FAILS(EPERM, utimensat(AT_FDCWD, "f", half, 0));
    FAILS(EACCES, utimensat(AT_FDCWD, "closed", now, 0));
    FAILS(EPERM, utimensat(AT_FDCWD, "closed", then, 0));
    root();
    OK(chmod("f", 0));
    as(ALICE, ALICE);
    OK(utimensat(AT_FDCWD, "f", then, 0));
    OK(utimensat(AT_FDCWD, "f", now, 0));
}

CASE(utimens, errors) {
    struct timespec bad[2] = {{0, 1000000000}, {0, 0}}, negative[2] = {{0, 0}, {0, -5}};
    put("f", "");
    FAILS(EINVAL, utimensat(AT_FDCWD, "f", bad, 0));
    FAILS(EINVAL, utimensat(AT_FDCWD, "f", negative, 0));
    FAILS(ENOENT, utimensat(AT_FDCWD, "none", then, 0));
    FAILS(ENOTDIR, utimensat(AT_FDCWD, "f/x", then, 0));
}

CASE(times, creation_sets_all_and_marks_the_folder) {
    OK(mkdir("d", 0755));
    struct stat folder = stat_of("d");
    tick();
    put("d/f", "");
    struct stat s = stat_of("d/f");
    CHECK(later(s.st_mtim, folder.st_mtim) && later(s.st_ctim, folder.st_mtim) && later(s.st_atim, folder.st_mtim));
    CHECK(later(stat_of("d").st_mtim, folder.st_mtim) && later(stat_of("d").st_ctim, folder.st_ctim));
    CHECK(same(stat_of("d").st_atim, folder.st_atim));
}

CASE(times, opening_an_existing_file_to_create_it_marks_nothing) {
    OK(mkdir("d", 0755));
    put("d/f", "");
    struct stat folder = stat_of("d"), file = stat_of("d/f");
    tick();
    OK(open("d/f", O_RDWR | O_CREAT, 0644));
    CHECK(same(stat_of("d").st_mtim, folder.st_mtim) && same(stat_of("d/f").st_mtim, file.st_mtim));
    CHECK(same(stat_of("d/f").st_ctim, file.st_ctim));
}

CASE(times, write_marks_mtime_and_ctime) {
    put("f", "text");
    int fd = OK(open("f", O_RDWR));
    struct stat before = stat_of("f");
    tick();
    EQ(1, OK(pwrite(fd, "T", 1, 0)));
    struct stat after = stat_of("f");
    CHECK(later(after.st_mtim, before.st_mtim) && later(after.st_ctim, before.st_ctim));
    CHECK(same(after.st_atim, before.st_atim));
    tick();
    EQ(0, OK(write(fd, "", 0)));
    CHECK(same(stat_of("f").st_mtim, after.st_mtim));
}

CASE(times, reading_marks_atime_when_it_is_older) {
    char c;
    put("f", "text");
    OK(utimensat(AT_FDCWD, "f", then, 0));
    int fd = OK(open("f", O_RDONLY));
    EQ(1, OK(read(fd, &c, 1)));
    OK(close(fd));
    struct stat s = stat_of("f");
    CHECK(later(s.st_atim, then[0]));
    CHECK(same(s.st_mtim, then[1]));
}

CASE(times, listing_marks_the_atime_of_a_folder) {
    OK(mkdir("d", 0755));
    OK(utimensat(AT_FDCWD, "d", then, 0));
    EQ(0, entries("d"));
    struct stat s = stat_of("d");
    CHECK(later(s.st_atim, then[0]));
    CHECK(same(s.st_mtim, then[1]));
}

CASE(times, a_set_time_survives_close_and_reading) {
    int fd = OK(open("f", O_RDWR | O_CREAT, 0644));
    EQ(4, OK(write(fd, "text", 4)));
    OK(futimens(fd, then));
    OK(fsync(fd));
    OK(close(fd));
    has_text("f", "text");
    CHECK(same(stat_of("f").st_mtim, then[1]));
}

CASE(times, a_store_through_a_mapping_marks_mtime) {
    put("f", "text");
    int fd = OK(open("f", O_RDWR));
    char *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(at != MAP_FAILED);
    struct stat before = stat_of("f");
    tick();
    at[0] = 'T';
    OK(msync(at, 4096, MS_SYNC));
    CHECK(later(stat_of("f").st_mtim, before.st_mtim));
}

CASE(times, xattrs_mark_ctime) {
    put("f", "");
    struct stat before = stat_of("f");
    tick();
    OK(setxattr("f", "user.a", "v", 1, 0));
    struct stat set = stat_of("f");
    CHECK(later(set.st_ctim, before.st_ctim) && same(set.st_mtim, before.st_mtim));
    tick();
    OK(removexattr("f", "user.a"));
    CHECK(later(stat_of("f").st_ctim, set.st_ctim));
}

CASE(times, birth_stays) {
    struct statx a, b;
    put("f", "");
    OK(statx(AT_FDCWD, "f", 0, STATX_BTIME, &a));
    CHECK(a.stx_mask & STATX_BTIME);
    tick();
    put("f", "more");
    OK(rename("f", "g"));
    OK(statx(AT_FDCWD, "g", 0, STATX_BTIME, &b));
    EQ(a.stx_btime.tv_sec, b.stx_btime.tv_sec);
    EQ(a.stx_btime.tv_nsec, b.stx_btime.tv_nsec);
}
