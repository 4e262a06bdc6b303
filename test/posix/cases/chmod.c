/* chmod(2), fchmod, fchmodat. */
#include "posix.h"

CASE(chmod, sets_all_twelve_bits) {
    put("f", "");
    OK(mkdir("d", 0755));
    for (mode_t mode = 0; mode <= 07777; mode += 0111) {
        OK(chmod("f", mode));
        EQ(mode, MODE("f"));
    }
    OK(chmod("d", 07777));
    EQ(07777, MODE("d"));
}

CASE(chmod, keeps_the_type) {
    OK(mkfifo("p", 0600));
    OK(chmod("p", 0640));
    EQ(S_IFIFO | 0640, stat_of("p").st_mode);
}

CASE(chmod, follows_symbolic_links) {
    put("f", "");
    OK(symlink("f", "l"));
    OK(chmod("l", 0600));
    EQ(0600, MODE("f"));
    EQ(0777, MODE("l"));
}

CASE(chmod, by_descriptor) {
    put("f", "");
    int fd = OK(open("f", O_RDONLY));
    OK(fchmod(fd, 0604));
    EQ(0604, MODE("f"));
    OK(unlink("f"));
    OK(fchmod(fd, 0640));
    EQ(0640, stat_of_fd(fd).st_mode & 07777);
}

CASE(chmod, changes_ctime_only) {
    put("f", "");
    struct stat before = stat_of("f");
    tick();
    OK(chmod("f", 0600));
    struct stat after = stat_of("f");
    CHECK(later(after.st_ctim, before.st_ctim));
    CHECK(same(after.st_mtim, before.st_mtim));
    CHECK(same(after.st_atim, before.st_atim));
}

CASE(chmod, refused_does_not_change_ctime) {
    make_owned("f", 0644, ALICE, ALICE);
    struct stat before = stat_of("f");
    tick();
    as(BOB, BOB);
    FAILS(EPERM, chmod("f", 0600));
    root();
    CHECK(same(stat_of("f").st_ctim, before.st_ctim));
    EQ(0644, MODE("f"));
}

CASE(chmod, the_owner_may) {
    make_owned("f", 0644, ALICE, ALICE);
    as(ALICE, ALICE);
    OK(chmod("f", 0400));
    root();
    EQ(0400, MODE("f"));
}

CASE(chmod, group_id_bit_is_cleared_for_a_stranger_to_the_group) {
    make_owned("f", 0644, ALICE, TEAM);
    as(ALICE, ALICE);
    OK(chmod("f", 02755));
    root();
    EQ(0755, MODE("f"));
}

CASE(chmod, group_id_bit_stays_for_a_member_of_the_group) {
    make_owned("f", 0644, ALICE, TEAM);
    as(ALICE, ALICE, TEAM);
    OK(chmod("f", 02755));
    root();
    EQ(02755, MODE("f"));
}

CASE(chmod, group_id_bit_of_a_folder_is_cleared_for_a_stranger_to_the_group) {
    make_folder("d", 0755, ALICE, TEAM);
    as(ALICE, ALICE);
    OK(chmod("d", 02755));
    root();
    EQ(0755, MODE("d"));
}

CASE(chmod, the_owner_may_set_the_sticky_bit_of_a_file) {
    make_owned("f", 0644, ALICE, ALICE);
    as(ALICE, ALICE);
    OK(chmod("f", 01644));
    root();
    EQ(01644, MODE("f"));
}

CASE(chmod, does_not_touch_open_descriptors) {
    make_owned("f", 0600, ALICE, ALICE);
    as(ALICE, ALICE);
    int fd = OK(open("f", O_RDWR));
    OK(chmod("f", 0));
    OK(write(fd, "more", 4));
    char c;
    EQ(1, OK(pread(fd, &c, 1, 0)));
    FAILS(EACCES, open("f", O_RDONLY));
}

CASE(chmod, errors_of_the_path) {
    char name[300];
    put("f", "");
    memset(name, 'n', sizeof name);
    name[256] = 0;
    FAILS(ENOENT, chmod("none", 0644));
    FAILS(ENOENT, chmod("", 0644));
    FAILS(ENOTDIR, chmod("f/x", 0644));
    FAILS(ENAMETOOLONG, chmod(name, 0644));
    FAILS(EFAULT, chmod((const char *)8, 0644));
    OK(symlink("loop", "loop"));
    FAILS(ELOOP, chmod("loop", 0644));
    make_folder("closed", 0700, 0, 0);
    put("closed/f", "");
    as(ALICE, ALICE);
    FAILS(EACCES, chmod("closed/f", 0644));
}

CASE(chmod, of_a_symbolic_link_itself) {
    put("f", "");
    OK(symlink("f", "l"));
    FAILS(EOPNOTSUPP, fchmodat(AT_FDCWD, "l", 0600, AT_SYMLINK_NOFOLLOW));
    EQ(0644, MODE("f"));
}

CASE(chmod, needs_a_descriptor_that_is_open) {
    put("f", "");
    int fd = OK(open("f", O_PATH));
    FAILS(EBADF, fchmod(fd, 0600));
    OK(close(fd));
    FAILS(EBADF, fchmod(fd, 0600));
}
