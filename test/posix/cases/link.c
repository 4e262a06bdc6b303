/* link(2), linkat. */
#include "posix.h"

CASE(link, is_the_same_file) {
    put("a", "text");
    OK(link("a", "b"));
    EQ(stat_of("a").st_ino, stat_of("b").st_ino);
    EQ(2, stat_of("a").st_nlink);
    int fd = OK(open("b", O_WRONLY | O_TRUNC));
    OK(write(fd, "other", 5));
    has_text("a", "other");
    OK(chmod("a", 0600));
    EQ(0600, MODE("b"));
    OK(unlink("a"));
    EQ(1, stat_of("b").st_nlink);
    has_text("b", "other");
}

CASE(link, works_for_every_type_but_folders) {
    OK(mkfifo("p", 0600));
    OK(symlink("none", "l"));
    OK(mknod("s", S_IFSOCK | 0600, 0));
    OK(mknod("c", S_IFCHR | 0600, makedev(1, 3)));
    OK(link("p", "p2"));
    OK(link("l", "l2"));
    OK(link("s", "s2"));
    OK(link("c", "c2"));
    EQ(S_IFLNK, stat_of("l2").st_mode & S_IFMT);
    EQ(2, stat_of("l2").st_nlink);
    OK(mkdir("d", 0755));
    FAILS(EPERM, link("d", "d2"));
}

CASE(link, to_what_a_symbolic_link_names) {
    put("f", "text");
    OK(symlink("f", "l"));
    OK(linkat(AT_FDCWD, "l", AT_FDCWD, "hard", AT_SYMLINK_FOLLOW));
    EQ(stat_of("f").st_ino, stat_of("hard").st_ino);
}

CASE(link, changes_ctime_of_the_file_and_times_of_the_folder) {
    put("f", "");
    OK(mkdir("d", 0755));
    struct stat file = stat_of("f"), folder = stat_of("d");
    tick();
    OK(link("f", "d/f"));
    CHECK(later(stat_of("f").st_ctim, file.st_ctim));
    CHECK(same(stat_of("f").st_mtim, file.st_mtim));
    CHECK(later(stat_of("d").st_mtim, folder.st_mtim));
    CHECK(later(stat_of("d").st_ctim, folder.st_ctim));
}

CASE(link, never_replaces) {
    put("a", "a");
    put("b", "b");
    OK(mkdir("d", 0755));
    OK(symlink("none", "l"));
    FAILS(EEXIST, link("a", "b"));
    FAILS(EEXIST, link("a", "a"));
    FAILS(EEXIST, link("a", "d"));
    FAILS(EEXIST, link("a", "l"));
    has_text("b", "b");
    EQ(1, stat_of("a").st_nlink);
}

CASE(link, errors_of_the_paths) {
    char name[257];
    memset(name, 'n', 256);
    name[256] = 0;
    put("f", "");
    FAILS(ENOENT, link("none", "x"));
    FAILS(ENOENT, link("f", "none/x"));
    FAILS(ENOTDIR, link("f", "f/x"));
    FAILS(ENOTDIR, link("f/x", "x"));
    FAILS(ENAMETOOLONG, link("f", name));
    FAILS(ENOENT, link("f", ""));
    FAILS(ENOENT, link("f", "x/"));
    FAILS(EINVAL, linkat(AT_FDCWD, "f", AT_FDCWD, "x", 0x80000));
    OK(symlink("loop", "loop"));
    FAILS(ELOOP, link("f", "loop/x"));
}

CASE(link, needs_permission_for_the_folders) {
    put("f", "");
    make_folder("mine", 0755, ALICE, ALICE);
    make_folder("closed", 0700, 0, 0);
    make_owned("mine/f", 0644, ALICE, ALICE);
    as(ALICE, ALICE);
    FAILS(EACCES, link("mine/f", "x"));
    FAILS(EACCES, link("mine/f", "closed/x"));
    OK(link("mine/f", "mine/x"));
}

CASE(link, across_file_systems) {
    put("f", "");
    FAILS(EXDEV, link("f", "/dev/shm/x"));
}

CASE(link, cannot_revive_an_unlinked_file) {
    put("f", "");
    int fd = OK(open("f", O_RDWR));
    char path[64];
    OK(unlink("f"));
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    FAILS(ENOENT, linkat(AT_FDCWD, path, AT_FDCWD, "x", AT_SYMLINK_FOLLOW));
    FAILS(ENOENT, linkat(fd, "", AT_FDCWD, "x", AT_EMPTY_PATH));
}

CASE(link, by_descriptor) {
    put("f", "text");
    int fd = OK(open("f", O_RDONLY));
    OK(linkat(fd, "", AT_FDCWD, "x", AT_EMPTY_PATH));
    EQ(2, stat_of_fd(fd).st_nlink);
    has_text("x", "text");
}

CASE(link, a_thousand_names) {
    char name[32];
    put("f", "");
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "n%d", i);
        OK(link("f", name));
    }
    EQ(1001, stat_of("f").st_nlink);
    EQ(1001, entries("."));
}
