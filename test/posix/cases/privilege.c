/* Set-id bits and file capabilities fall when a file's content changes (inode(7), capabilities(7)). */
#include "posix.h"

/* VFS_CAP_REVISION_2 with CAP_NET_BIND_SERVICE. */
static const uint8_t capability[20] = {0, 0, 0, 2, 0, 4};

static int shared_program(mode_t mode) {
    make_owned("f", mode, ALICE, TEAM);
    as(BOB, BOB);
    return OK(open("f", O_RDWR));
}

CASE(privilege, write_clears_both_bits) {
    int fd = shared_program(06777);
    EQ(1, OK(write(fd, "x", 1)));
    EQ(0777, stat_of_fd(fd).st_mode & 07777);
    EQ(0777, MODE("f"));
}

CASE(privilege, write_by_root_keeps_them) {
    make_owned("f", 06777, ALICE, TEAM);
    int fd = OK(open("f", O_RDWR));
    EQ(1, OK(write(fd, "x", 1)));
    OK(close(fd));
    EQ(06777, MODE("f"));
}

CASE(privilege, pwrite_in_the_middle_clears_them) {
    int fd = shared_program(06777);
    EQ(1, OK(pwrite(fd, "x", 1, 2)));
    EQ(0777, MODE("f"));
}

CASE(privilege, truncate_clears_them) {
    int fd = shared_program(06777);
    OK(ftruncate(fd, 1));
    EQ(0777, MODE("f"));
    root();
    OK(chmod("f", 06777));
    as(BOB, BOB);
    OK(truncate("f", 0));
    EQ(0777, MODE("f"));
}

CASE(privilege, open_that_truncates_clears_them) {
    (void)shared_program(06777);
    OK(open("f", O_WRONLY | O_TRUNC));
    EQ(0777, MODE("f"));
}

CASE(privilege, fallocate_clears_them) {
    int fd = shared_program(06777);
    OK(fallocate(fd, 0, 0, 8192));
    EQ(0777, MODE("f"));
}

CASE(privilege, copy_file_range_clears_them) {
    put("from", "0123456789");
    int from = OK(open("from", O_RDONLY));
    int fd = shared_program(06777);
    EQ(10, OK(copy_file_range(from, NULL, fd, NULL, 10, 0)));
    EQ(0777, MODE("f"));
}

CASE(privilege, group_bit_without_execution_falls_for_a_stranger_to_the_group) {
    int fd = shared_program(02666);
    EQ(1, OK(write(fd, "x", 1)));
    EQ(0666, MODE("f"));
}

CASE(privilege, group_bit_without_execution_stays_for_a_member) {
    make_owned("f", 02666, ALICE, TEAM);
    as(BOB, BOB, TEAM);
    int fd = OK(open("f", O_RDWR));
    EQ(1, OK(write(fd, "x", 1)));
    EQ(02666, MODE("f"));
}

CASE(privilege, nothing_written_nothing_cleared) {
    int fd = shared_program(06777);
    char c;
    OK(read(fd, &c, 1));
    EQ(0, OK(write(fd, "", 0)));
    OK(close(fd));
    EQ(06777, MODE("f"));
}

CASE(privilege, write_removes_capabilities) {
    make_owned("f", 0777, ALICE, TEAM);
    OK(setxattr("f", "security.capability", capability, sizeof capability, 0));
    as(BOB, BOB);
    int fd = OK(open("f", O_RDWR));
    EQ(1, OK(write(fd, "x", 1)));
    root();
    char value[64];
    FAILS(ENODATA, getxattr("f", "security.capability", value, sizeof value));
}

CASE(privilege, truncate_removes_capabilities) {
    make_owned("f", 0777, ALICE, TEAM);
    OK(setxattr("f", "security.capability", capability, sizeof capability, 0));
    as(BOB, BOB);
    OK(truncate("f", 1));
    root();
    char value[64];
    FAILS(ENODATA, getxattr("f", "security.capability", value, sizeof value));
}

CASE(privilege, chown_removes_capabilities) {
    make_owned("f", 0777, ALICE, TEAM);
    OK(setxattr("f", "security.capability", capability, sizeof capability, 0));
    OK(chown("f", BOB, BOB));
    char value[64];
    FAILS(ENODATA, getxattr("f", "security.capability", value, sizeof value));
}
