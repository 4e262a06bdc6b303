/* renameat2(2): RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_WHITEOUT. */
#include "posix.h"

static int rename2(const char *from, const char *to, unsigned flags) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, flags); }

CASE(rename2, noreplace) {
    put("a", "a");
    put("b", "b");
    OK(mkdir("d", 0755));
    OK(symlink("none", "l"));
    FAILS(EEXIST, rename2("a", "b", RENAME_NOREPLACE));
    FAILS(EEXIST, rename2("a", "d", RENAME_NOREPLACE));
    FAILS(EEXIST, rename2("a", "l", RENAME_NOREPLACE));
    FAILS(EEXIST, rename2("a", "a", RENAME_NOREPLACE));
    OK(rename2("a", "c", RENAME_NOREPLACE));
    has_text("c", "a");
    has_text("b", "b");
}

CASE(rename2, exchange_files) {
    put("a", "a");
    OK(mkdir("d", 0755));
    put("d/b", "b");
    ino_t a = stat_of("a").st_ino, b = stat_of("d/b").st_ino;
    OK(rename2("a", "d/b", RENAME_EXCHANGE));
    has_text("a", "b");
    has_text("d/b", "a");
    EQ(b, stat_of("a").st_ino);
    EQ(a, stat_of("d/b").st_ino);
}

CASE(rename2, exchange_a_file_and_a_folder) {
    put("f", "text");
    OK(mkdir("a", 0755));
    OK(mkdir("a/d", 0755));
    put("a/d/x", "x");
    OK(rename2("f", "a/d", RENAME_EXCHANGE));
    has_text("a/d", "text");
    has_text("f/x", "x");
    EQ(2, stat_of("a").st_nlink);
    EQ(S_IFDIR, stat_of("f").st_mode & S_IFMT);
}

CASE(rename2, exchange_full_folders) {
    OK(mkdir("a", 0755));
    OK(mkdir("b", 0755));
    put("a/x", "a");
    put("b/x", "b");
    OK(rename2("a", "b", RENAME_EXCHANGE));
    has_text("a/x", "b");
    has_text("b/x", "a");
    OK(mkdir("b/in", 0755));
    FAILS(EINVAL, rename2("b", "b/in", RENAME_EXCHANGE));
    FAILS(EINVAL, rename2("b/in", "b", RENAME_EXCHANGE));
}

CASE(rename2, exchange_needs_both) {
    put("a", "a");
    FAILS(ENOENT, rename2("a", "none", RENAME_EXCHANGE));
    FAILS(ENOENT, rename2("none", "a", RENAME_EXCHANGE));
    has_text("a", "a");
}

CASE(rename2, exchange_while_open) {
    put("a", "a");
    put("b", "b");
    int fd = OK(open("a", O_RDWR));
    OK(rename2("a", "b", RENAME_EXCHANGE));
    EQ(1, OK(pwrite(fd, "A", 1, 0)));
    has_text("b", "A");
    has_text("a", "b");
}

CASE(rename2, whiteout_leaves_a_device) {
    put("a", "text");
    OK(rename2("a", "b", RENAME_WHITEOUT));
    has_text("b", "text");
    EQ(S_IFCHR, stat_of("a").st_mode & S_IFMT);
    EQ(0, stat_of("a").st_rdev);
}

CASE(rename2, whiteout_replaces) {
    put("a", "a");
    put("b", "b");
    OK(rename2("a", "b", RENAME_WHITEOUT));
    has_text("b", "a");
    EQ(S_IFCHR, stat_of("a").st_mode & S_IFMT);
    put("c", "c");
    OK(rename2("c", "d", RENAME_WHITEOUT | RENAME_NOREPLACE));
    put("e", "e");
    FAILS(EEXIST, rename2("e", "d", RENAME_WHITEOUT | RENAME_NOREPLACE));
}

CASE(rename2, flags_that_exclude_one_another) {
    put("a", "a");
    put("b", "b");
    FAILS(EINVAL, rename2("a", "b", RENAME_NOREPLACE | RENAME_EXCHANGE));
    FAILS(EINVAL, rename2("a", "b", RENAME_WHITEOUT | RENAME_EXCHANGE));
    FAILS(EINVAL, rename2("a", "b", 8));
    has_text("b", "b");
}

CASE(rename2, exchange_obeys_sticky_folders) {
    make_folder("tmp", 01777, 0, 0);
    make_owned("tmp/a", 0666, ALICE, ALICE);
    make_owned("tmp/b", 0666, BOB, BOB);
    as(ALICE, ALICE);
    FAILS(EPERM, rename2("tmp/a", "tmp/b", RENAME_EXCHANGE));
}
