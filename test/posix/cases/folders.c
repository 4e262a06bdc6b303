/* mkdir(2), rmdir(2), and what happens to a folder that is in use. */
#include "posix.h"

CASE(mkdir, mode_owner_and_links) {
    OK(mkdir("d", 0777));
    struct stat s = stat_of("d");
    EQ(S_IFDIR | 0755, s.st_mode);
    EQ(0, s.st_uid);
    EQ(2, s.st_nlink);
    OK(mkdir("d/a", 0700));
    OK(mkdir("d/b", 0));
    EQ(4, stat_of("d").st_nlink);
    EQ(0, MODE("d/b"));
    umask(0);
    OK(mkdir("t", 01777));
    EQ(01777, MODE("t"));
}

CASE(mkdir, belongs_to_who_makes_it) {
    make_folder("open", 0777, 0, 0);
    as(ALICE, TEAM);
    OK(mkdir("open/d", 0755));
    root();
    EQ(ALICE, stat_of("open/d").st_uid);
    EQ(TEAM, stat_of("open/d").st_gid);
}

CASE(mkdir, inherits_group_and_bit_of_a_group_id_folder) {
    make_folder("shared", 02777, 0, CLUB);
    as(ALICE, ALICE);
    OK(mkdir("shared/d", 0755));
    put("shared/f", "");
    root();
    EQ(CLUB, stat_of("shared/d").st_gid);
    EQ(02755, MODE("shared/d"));
    EQ(CLUB, stat_of("shared/f").st_gid);
    EQ(0644, MODE("shared/f"));
}

CASE(mkdir, changes_times_of_the_parent) {
    OK(mkdir("d", 0755));
    struct stat before = stat_of("d");
    tick();
    OK(mkdir("d/x", 0755));
    struct stat made = stat_of("d");
    CHECK(later(made.st_mtim, before.st_mtim) && later(made.st_ctim, before.st_ctim));
    tick();
    OK(rmdir("d/x"));
    CHECK(later(stat_of("d").st_mtim, made.st_mtim) && later(stat_of("d").st_ctim, made.st_ctim));
    EQ(2, stat_of("d").st_nlink);
}

CASE(mkdir, errors) {
    char name[257];
    memset(name, 'n', 256);
    name[256] = 0;
    put("f", "");
    OK(mkdir("d", 0755));
    OK(symlink("none", "l"));
    OK(symlink("loop", "loop"));
    FAILS(EEXIST, mkdir("f", 0755));
    FAILS(EEXIST, mkdir("d", 0755));
    FAILS(EEXIST, mkdir("d/.", 0755));
    FAILS(EEXIST, mkdir("d/..", 0755));
    FAILS(EEXIST, mkdir("l", 0755));
    FAILS(ENOENT, mkdir("none/d", 0755));
    FAILS(ENOENT, mkdir("", 0755));
    FAILS(ENOTDIR, mkdir("f/d", 0755));
    FAILS(ENAMETOOLONG, mkdir(name, 0755));
    FAILS(ELOOP, mkdir("loop/d", 0755));
    OK(mkdir("slash/", 0755));
    as(ALICE, ALICE);
    FAILS(EACCES, mkdir("d/x", 0755));
}

CASE(rmdir, errors) {
    put("f", "");
    OK(mkdir("d", 0755));
    OK(mkdir("d/x", 0755));
    OK(symlink("d/x", "l"));
    FAILS(ENOTEMPTY, rmdir("d"));
    FAILS(EINVAL, rmdir("d/x/."));
    FAILS(ENOTEMPTY, rmdir("d/x/.."));
    FAILS(ENOTDIR, rmdir("f"));
    FAILS(ENOTDIR, rmdir("l"));
    FAILS(ENOTDIR, rmdir("f/x"));
    FAILS(ENOENT, rmdir("none"));
    FAILS(ENOENT, rmdir(""));
    as(ALICE, ALICE);
    FAILS(EACCES, rmdir("d/x"));
    root();
    OK(rmdir("d/x/"));
    FAILS(ENOENT, rmdir("d/x"));
}

CASE(rmdir, refuses_a_mount_point) {
    FAILS(EBUSY, rmdir("/proc"));
}

CASE(rmdir, of_the_current_folder) {
    char path[PATH_MAX];
    OK(mkdir("d", 0755));
    OK(chdir("d"));
    OK(rmdir("../d"));
    CHECK(getcwd(path, sizeof path) == NULL || strncmp(path, "/", 1) != 0);
    FAILS(ENOENT, mkdir("x", 0755));
    FAILS(ENOENT, open("x", O_CREAT | O_RDWR, 0644));
    FAILS(ENOENT, symlink("a", "x"));
    FAILS(ENOENT, link("/proc/self/exe", "x"));
    EQ(0, stat_of(".").st_nlink);
}

CASE(rmdir, of_an_open_folder) {
    OK(mkdir("d", 0755));
    int fd = OK(open("d", O_RDONLY | O_DIRECTORY));
    OK(rmdir("d"));
    FAILS(ENOENT, openat(fd, "x", O_CREAT | O_RDWR, 0644));
    FAILS(ENOENT, mkdirat(fd, "x", 0755));
    EQ(0, stat_of_fd(fd).st_nlink);
    DIR *d = fdopendir(fd);
    int count = 0;
    for (struct dirent *e; (e = readdir(d));)
        count += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
    EQ(0, count);
}

CASE(rmdir, the_name_is_free_again) {
    for (int i = 0; i < 20; i++) {
        OK(mkdir("d", 0755));
        put("d/f", "x");
        FAILS(ENOTEMPTY, rmdir("d"));
        OK(unlink("d/f"));
        OK(rmdir("d"));
        put("d", "x");
        OK(unlink("d"));
    }
}

CASE(mkdir, deep) {
    for (int i = 0; i < 200; i++) {
        OK(mkdir("d", 0755));
        OK(chdir("d"));
    }
    put("f", "bottom");
    has_text("f", "bottom");
    /* So that it can be removed again. */
    OK(unlink("f"));
    for (int i = 0; i < 200; i++) {
        OK(chdir(".."));
        OK(rmdir("d"));
    }
}
