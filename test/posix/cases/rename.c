/* rename(2). The flags of renameat2 are in rename2.c. */
#include "posix.h"

CASE(rename, a_file) {
    put("a", "text");
    ino_t inode = stat_of("a").st_ino;
    OK(rename("a", "b"));
    CHECK(!exists("a"));
    EQ(inode, stat_of("b").st_ino);
    has_text("b", "text");
}

CASE(rename, replaces_a_file) {
    put("a", "a");
    put("b", "b");
    OK(link("b", "other"));
    OK(rename("a", "b"));
    has_text("b", "a");
    has_text("other", "b");
    EQ(1, stat_of("other").st_nlink);
}

CASE(rename, over_an_open_file) {
    put("a", "a");
    put("b", "b");
    int fd = OK(open("b", O_RDWR));
    OK(rename("a", "b"));
    char c;
    EQ(1, OK(pread(fd, &c, 1, 0)));
    EQ('b', c);
    EQ(0, stat_of_fd(fd).st_nlink);
    EQ(1, OK(pwrite(fd, "B", 1, 0)));
    has_text("b", "a");
}

CASE(rename, of_an_open_file) {
    put("a", "text");
    OK(mkdir("d", 0755));
    int fd = OK(open("a", O_RDWR));
    OK(rename("a", "d/b"));
    EQ(1, OK(pwrite(fd, "T", 1, 0)));
    has_text("d/b", "Text");
    EQ(1, stat_of_fd(fd).st_nlink);
}

CASE(rename, between_links_of_one_file_does_nothing) {
    put("a", "text");
    OK(link("a", "b"));
    OK(rename("a", "b"));
    CHECK(exists("a") && exists("b"));
    OK(rename("a", "a"));
    EQ(2, stat_of("a").st_nlink);
}

CASE(rename, every_type) {
    OK(mkfifo("p", 0600));
    OK(symlink("none", "l"));
    OK(mknod("c", S_IFCHR | 0600, makedev(1, 3)));
    OK(rename("p", "p2"));
    OK(rename("l", "l2"));
    OK(rename("c", "c2"));
    EQ(S_IFIFO, stat_of("p2").st_mode & S_IFMT);
    EQ(S_IFLNK, stat_of("l2").st_mode & S_IFMT);
    EQ(makedev(1, 3), stat_of("c2").st_rdev);
    put("f", "text");
    OK(rename("f", "l2"));
    EQ(S_IFREG, stat_of("l2").st_mode & S_IFMT);
}

CASE(rename, a_folder_with_content) {
    OK(mkdir("a", 0755));
    put("a/f", "text");
    OK(mkdir("to", 0755));
    OK(rename("a", "to/b"));
    has_text("to/b/f", "text");
    EQ(3, stat_of("to").st_nlink);
    OK(chdir("to/b"));
    EQ(stat_of("../../to").st_ino, stat_of("..").st_ino);
}

CASE(rename, over_an_empty_folder) {
    OK(mkdir("a", 0755));
    put("a/f", "text");
    OK(mkdir("b", 0700));
    int fd = OK(open("b", O_RDONLY | O_DIRECTORY));
    OK(rename("a", "b"));
    has_text("b/f", "text");
    EQ(0755, MODE("b"));
    EQ(0, stat_of_fd(fd).st_nlink);
    FAILS(ENOENT, openat(fd, "x", O_CREAT | O_WRONLY, 0644));
}

CASE(rename, moves_links_of_the_parents) {
    OK(mkdir("a", 0755));
    OK(mkdir("a/d", 0755));
    OK(mkdir("b", 0755));
    OK(rename("a/d", "b/d"));
    EQ(2, stat_of("a").st_nlink);
    EQ(3, stat_of("b").st_nlink);
    OK(mkdir("a/d", 0755));
    OK(rename("a/d", "b/d"));
    EQ(3, stat_of("b").st_nlink);
}

CASE(rename, changes_times) {
    OK(mkdir("a", 0755));
    OK(mkdir("b", 0755));
    put("a/f", "");
    struct stat from = stat_of("a"), to = stat_of("b"), file = stat_of("a/f");
    tick();
    OK(rename("a/f", "b/f"));
    CHECK(later(stat_of("a").st_mtim, from.st_mtim) && later(stat_of("a").st_ctim, from.st_ctim));
    CHECK(later(stat_of("b").st_mtim, to.st_mtim) && later(stat_of("b").st_ctim, to.st_ctim));
    CHECK(later(stat_of("b/f").st_ctim, file.st_ctim));
    CHECK(same(stat_of("b/f").st_mtim, file.st_mtim));
}

CASE(rename, types_must_fit) {
    put("f", "");
    OK(mkdir("d", 0755));
    OK(mkdir("full", 0755));
    put("full/f", "");
    FAILS(EISDIR, rename("f", "d"));
    FAILS(ENOTDIR, rename("d", "f"));
    FAILS(ENOTEMPTY, rename("d", "full"));
    CHECK(exists("f") && exists("d") && exists("full/f"));
}

CASE(rename, into_itself) {
    OK(mkdir("d", 0755));
    OK(mkdir("d/e", 0755));
    FAILS(EINVAL, rename("d", "d/x"));
    FAILS(EINVAL, rename("d", "d/e/x"));
    FAILS(ENOTEMPTY, rename("d/e", "d"));
    OK(rename("d/e", "d/e"));
}

CASE(rename, dots_and_slashes) {
    OK(mkdir("d", 0755));
    put("f", "");
    FAILS(EBUSY, rename("d/.", "x"));
    FAILS(EBUSY, rename("d/..", "x"));
    FAILS(EBUSY, rename("d", "."));
    FAILS(ENOTDIR, rename("f/", "x"));
    FAILS(ENOTDIR, rename("f", "x/"));
    OK(rename("d/", "x/"));
    CHECK(exists("x"));
}

CASE(rename, errors_of_the_paths) {
    char name[257];
    memset(name, 'n', 256);
    name[256] = 0;
    put("f", "");
    OK(symlink("loop", "loop"));
    FAILS(ENOENT, rename("none", "x"));
    FAILS(ENOENT, rename("f", "none/x"));
    FAILS(ENOENT, rename("", "x"));
    FAILS(ENOENT, rename("f", ""));
    FAILS(ENOTDIR, rename("f/x", "x"));
    FAILS(ENOTDIR, rename("f", "f/x"));
    FAILS(ENAMETOOLONG, rename("f", name));
    FAILS(ENAMETOOLONG, rename(name, "x"));
    FAILS(ELOOP, rename("loop/x", "x"));
    FAILS(EXDEV, rename("f", "/dev/shm/x"));
    FAILS(EXDEV, rename("/dev/null", "x"));
}

CASE(rename, needs_both_folders) {
    make_folder("mine", 0755, ALICE, ALICE);
    make_folder("theirs", 0755, BOB, BOB);
    make_owned("mine/f", 0644, ALICE, ALICE);
    make_owned("theirs/f", 0666, ALICE, ALICE);
    as(ALICE, ALICE);
    FAILS(EACCES, rename("mine/f", "theirs/g"));
    FAILS(EACCES, rename("theirs/f", "mine/g"));
    OK(rename("mine/f", "mine/g"));
}

CASE(rename, a_folder_whose_parent_changes_must_be_writable) {
    make_folder("a", 0777, 0, 0);
    make_folder("b", 0777, 0, 0);
    make_folder("a/d", 0755, BOB, BOB);
    as(ALICE, ALICE);
    FAILS(EACCES, rename("a/d", "b/d"));
    OK(rename("a/d", "a/e"));
}

CASE(rename, the_name_never_disappears) {
    put("f", "0");
    put("g", "1");
    OK(link("g", "keep"));
    if (in_child()) {
        for (int i = 0; i < 300; i++) {
            OK(link("keep", "n"));
            OK(rename("n", "f"));
            put("m", "2");
            OK(rename("m", "f"));
        }
        done();
    }
    int status = 0;
    while (OK(waitpid(-1, &status, WNOHANG)) == 0)
        OK(close(OK(open("f", O_RDONLY))));
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
