/* unlink(2), and files without a name that are in use. */
#include "posix.h"

CASE(unlink, every_type) {
    put("f", "");
    OK(mkfifo("p", 0600));
    OK(symlink("f", "l"));
    OK(mknod("c", S_IFCHR | 0600, makedev(1, 3)));
    OK(unlink("l"));
    OK(unlink("p"));
    OK(unlink("c"));
    CHECK(exists("f"));
    OK(unlink("f"));
    EQ(0, entries("."));
}

CASE(unlink, an_open_file_lives_on) {
    char text[8] = "";
    put("f", "text");
    int fd = OK(open("f", O_RDWR));
    OK(unlink("f"));
    EQ(0, stat_of_fd(fd).st_nlink);
    EQ(4, OK(pread(fd, text, sizeof text, 0)));
    CHECK(!strcmp(text, "text"));
    EQ(4, OK(pwrite(fd, "more", 4, 100000)));
    EQ(100004, stat_of_fd(fd).st_size);
    OK(ftruncate(fd, 2));
    OK(fchmod(fd, 0600));
    OK(fchown(fd, ALICE, ALICE));
    OK(fsetxattr(fd, "user.a", "v", 1, 0));
    EQ(1, OK(fgetxattr(fd, "user.a", text, sizeof text)));
    OK(fsync(fd));
    struct stat s = stat_of_fd(fd);
    EQ(2, s.st_size);
    EQ(0600, s.st_mode & 07777);
    EQ(ALICE, s.st_uid);
}

CASE(unlink, an_open_file_can_be_opened_again) {
    char path[64], c;
    put("f", "text");
    int fd = OK(open("f", O_RDONLY));
    OK(unlink("f"));
    put("f", "other");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int again = OK(open(path, O_RDWR));
    EQ(1, OK(read(again, &c, 1)));
    EQ('t', c);
    has_text("f", "other");
}

CASE(unlink, a_mapping_lives_on) {
    put("f", "text");
    int fd = OK(open("f", O_RDWR));
    char *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK(at != MAP_FAILED);
    OK(unlink("f"));
    OK(close(fd));
    EQ('t', at[0]);
}

CASE(unlink, one_link_of_two) {
    put("a", "text");
    OK(link("a", "b"));
    struct stat before = stat_of("b");
    tick();
    OK(unlink("a"));
    struct stat after = stat_of("b");
    EQ(1, after.st_nlink);
    CHECK(later(after.st_ctim, before.st_ctim));
    CHECK(same(after.st_mtim, before.st_mtim));
}

CASE(unlink, changes_times_of_the_folder) {
    OK(mkdir("d", 0755));
    put("d/f", "");
    struct stat before = stat_of("d");
    tick();
    OK(unlink("d/f"));
    CHECK(later(stat_of("d").st_mtim, before.st_mtim) && later(stat_of("d").st_ctim, before.st_ctim));
}

CASE(unlink, frees_space) {
    char block[65536];
    memset(block, 'x', sizeof block);
    int fd = OK(open("f", O_RDWR | O_CREAT, 0644));
    for (int i = 0; i < 16; i++)
        EQ(sizeof block, OK(write(fd, block, sizeof block)));
    OK(fsync(fd));
    EQ(2048, stat_of_fd(fd).st_blocks);
    OK(unlink("f"));
    EQ(2048, stat_of_fd(fd).st_blocks);
    OK(ftruncate(fd, 0));
    EQ(0, stat_of_fd(fd).st_blocks);
}

CASE(unlink, errors) {
    char name[257];
    memset(name, 'n', 256);
    name[256] = 0;
    put("f", "");
    OK(mkdir("d", 0755));
    put("d/f", "");
    OK(symlink("loop", "loop"));
    FAILS(EISDIR, unlink("d"));
    FAILS(EISDIR, unlink("d/"));
    FAILS(ENOTDIR, unlink("f/"));
    FAILS(ENOTDIR, unlink("f/x"));
    FAILS(ENOENT, unlink("none"));
    FAILS(ENOENT, unlink(""));
    FAILS(ENAMETOOLONG, unlink(name));
    FAILS(ELOOP, unlink("loop/x"));
    FAILS(ENOTDIR, unlinkat(AT_FDCWD, "f", AT_REMOVEDIR));
    FAILS(EINVAL, unlinkat(AT_FDCWD, "f", 0x80000));
    as(ALICE, ALICE);
    FAILS(EACCES, unlink("d/f"));
}

CASE(unlink, needs_the_folder_not_the_file) {
    make_folder("d", 0777, 0, 0);
    make_owned("d/f", 0, BOB, BOB);
    as(ALICE, ALICE);
    OK(unlink("d/f"));
}

CASE(unlink, name_and_inode_are_new_after_it) {
    put("f", "one");
    int fd = OK(open("f", O_RDONLY));
    OK(unlink("f"));
    put("f", "two");
    CHECK(stat_of_fd(fd).st_ino != stat_of("f").st_ino);
}

CASE(sticky, only_owners_remove) {
    make_folder("tmp", 01777, 0, 0);
    make_owned("tmp/a", 0666, ALICE, ALICE);
    make_owned("tmp/b", 0666, BOB, BOB);
    make_folder("tmp/bd", 0777, BOB, BOB);
    as(ALICE, ALICE);
    FAILS(EPERM, unlink("tmp/b"));
    FAILS(EPERM, rmdir("tmp/bd"));
    FAILS(EPERM, rename("tmp/b", "tmp/c"));
    FAILS(EPERM, rename("tmp/a", "tmp/b"));
    OK(rename("tmp/a", "tmp/c"));
    OK(unlink("tmp/c"));
}

CASE(sticky, the_owner_of_the_folder_may) {
    make_folder("tmp", 01777, ALICE, ALICE);
    make_owned("tmp/b", 0600, BOB, BOB);
    make_owned("tmp/c", 0600, BOB, BOB);
    as(ALICE, ALICE);
    OK(rename("tmp/b", "tmp/d"));
    OK(unlink("tmp/c"));
}

CASE(sticky, root_may) {
    make_folder("tmp", 01777, ALICE, ALICE);
    make_owned("tmp/b", 0600, BOB, BOB);
    OK(unlink("tmp/b"));
}
