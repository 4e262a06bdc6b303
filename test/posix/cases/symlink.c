/* symlink(2), readlink(2), and paths through links. */
#include "posix.h"

CASE(symlink, keeps_any_target) {
    char target[4096], found[4096];
    memset(target, 't', 4095);
    target[4095] = 0;
    static const size_t lengths[] = {1, 59, 60, 61, 255, 1000, 4094, 4095};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        OK(symlink(target + 4095 - lengths[i], "l"));
        EQ(lengths[i], stat_of("l").st_size);
        EQ(lengths[i], OK(readlink("l", found, sizeof found)));
        CHECK(!memcmp(found, target, lengths[i]));
        OK(unlink("l"));
    }
}

CASE(symlink, target_limits) {
    char target[4097];
    memset(target, 't', 4096);
    target[4096] = 0;
    FAILS(ENAMETOOLONG, symlink(target, "l"));
    FAILS(ENOENT, symlink("", "l"));
}

CASE(symlink, mode_and_owner) {
    make_folder("open", 0777, 0, 0);
    umask(0077);
    as(ALICE, TEAM);
    OK(symlink("x", "open/l"));
    struct stat s = stat_of("open/l");
    EQ(S_IFLNK | 0777, s.st_mode);
    EQ(ALICE, s.st_uid);
    EQ(TEAM, s.st_gid);
    EQ(1, s.st_nlink);
}

CASE(symlink, readlink_cuts) {
    char found[4] = "....";
    OK(symlink("abcdef", "l"));
    EQ(3, OK(readlink("l", found, 3)));
    CHECK(!memcmp(found, "abc.", 4));
    FAILS(EINVAL, readlink("l", found, 0));
}

CASE(symlink, readlink_errors) {
    char found[8];
    put("f", "");
    OK(mkdir("d", 0755));
    OK(mkdir("closed", 0700));
    OK(symlink("x", "closed/l"));
    FAILS(EINVAL, readlink("f", found, sizeof found));
    FAILS(EINVAL, readlink("d", found, sizeof found));
    FAILS(ENOENT, readlink("none", found, sizeof found));
    FAILS(ENOTDIR, readlink("f/x", found, sizeof found));
    as(ALICE, ALICE);
    FAILS(EACCES, readlink("closed/l", found, sizeof found));
}

CASE(symlink, forty_links_in_a_row_but_not_more) {
    char name[16], target[16];
    put("l0", "end");
    for (int i = 1; i <= 41; i++) {
        snprintf(name, sizeof name, "l%d", i);
        snprintf(target, sizeof target, "l%d", i - 1);
        OK(symlink(target, name));
    }
    has_text("l40", "end");
    FAILS(ELOOP, open("l41", O_RDONLY));
}

CASE(symlink, resolves_relative_absolute_and_upward) {
    char here[PATH_MAX], path[PATH_MAX + 8];
    CHECK(getcwd(here, sizeof here) != NULL);
    OK(mkdir("d", 0755));
    put("f", "text");
    snprintf(path, sizeof path, "%s/f", here);
    OK(symlink("../f", "d/up"));
    OK(symlink(path, "d/absolute"));
    OK(symlink("d", "folder"));
    has_text("d/up", "text");
    has_text("d/absolute", "text");
    has_text("folder/up", "text");
    has_text("folder/../f", "text");
}

CASE(symlink, a_trailing_slash_means_the_target) {
    OK(mkdir("d", 0755));
    put("f", "");
    OK(symlink("d", "ld"));
    OK(symlink("f", "lf"));
    struct stat s;
    OK(lstat("ld/", &s));
    EQ(S_IFDIR, s.st_mode & S_IFMT);
    FAILS(ENOTDIR, lstat("lf/", &s));
}

CASE(symlink, errors) {
    char name[257];
    memset(name, 'n', 256);
    name[256] = 0;
    put("f", "");
    OK(mkdir("d", 0755));
    OK(symlink("none", "l"));
    FAILS(EEXIST, symlink("x", "f"));
    FAILS(EEXIST, symlink("x", "d"));
    FAILS(EEXIST, symlink("x", "l"));
    FAILS(ENOENT, symlink("x", "none/l"));
    FAILS(ENOTDIR, symlink("x", "f/l"));
    FAILS(ENAMETOOLONG, symlink("x", name));
    FAILS(ENOENT, symlink("x", "m/"));
    as(ALICE, ALICE);
    FAILS(EACCES, symlink("x", "d/l"));
}

CASE(symlink, changes_times_of_the_folder) {
    OK(mkdir("d", 0755));
    struct stat before = stat_of("d");
    tick();
    OK(symlink("x", "d/l"));
    CHECK(later(stat_of("d").st_mtim, before.st_mtim) && later(stat_of("d").st_ctim, before.st_ctim));
}
