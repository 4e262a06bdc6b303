/* chown(2), lchown, fchown. */
#include "posix.h"

CASE(chown, sets_owner_and_group) {
    put("f", "");
    OK(chown("f", ALICE, TEAM));
    struct stat s = stat_of("f");
    EQ(ALICE, s.st_uid);
    EQ(TEAM, s.st_gid);
    OK(chown("f", -1, CLUB));
    OK(chown("f", BOB, -1));
    s = stat_of("f");
    EQ(BOB, s.st_uid);
    EQ(CLUB, s.st_gid);
}

CASE(chown, large_ids) {
    put("f", "");
    OK(chown("f", 4294967290u, 4294967280u));
    EQ(4294967290u, stat_of("f").st_uid);
    EQ(4294967280u, stat_of("f").st_gid);
}

CASE(chown, follows_symbolic_links_and_lchown_does_not) {
    put("f", "");
    OK(symlink("f", "l"));
    OK(chown("l", ALICE, TEAM));
    EQ(ALICE, stat_of("f").st_uid);
    EQ(0, stat_of("l").st_uid);
    OK(lchown("l", BOB, CLUB));
    EQ(ALICE, stat_of("f").st_uid);
    EQ(BOB, stat_of("l").st_uid);
    EQ(CLUB, stat_of("l").st_gid);
}

CASE(chown, of_a_dangling_link) {
    OK(symlink("none", "l"));
    FAILS(ENOENT, chown("l", ALICE, ALICE));
    OK(lchown("l", ALICE, ALICE));
    EQ(ALICE, stat_of("l").st_uid);
}

CASE(chown, of_an_unlinked_file) {
    put("f", "");
    int fd = OK(open("f", O_RDWR));
    OK(unlink("f"));
    OK(fchown(fd, ALICE, TEAM));
    EQ(ALICE, stat_of_fd(fd).st_uid);
}

CASE(chown, only_root_gives_away) {
    make_owned("f", 0644, ALICE, ALICE);
    as(ALICE, ALICE, TEAM);
    FAILS(EPERM, chown("f", BOB, -1));
    FAILS(EPERM, chown("f", -1, CLUB));
    FAILS(EPERM, chown("f", BOB, TEAM));
    EQ(ALICE, stat_of("f").st_uid);
    OK(chown("f", ALICE, -1));
}

CASE(chown, the_owner_may_choose_a_group_of_theirs) {
    make_owned("f", 0644, ALICE, ALICE);
    as(ALICE, ALICE, TEAM);
    OK(chown("f", -1, TEAM));
    EQ(TEAM, stat_of("f").st_gid);
    OK(chown("f", ALICE, ALICE));
    EQ(ALICE, stat_of("f").st_gid);
}

CASE(chown, a_member_who_is_not_the_owner_may_not) {
    make_owned("f", 0664, ALICE, TEAM);
    as(BOB, BOB, TEAM);
    FAILS(EPERM, chown("f", -1, TEAM));
    FAILS(EPERM, chown("f", -1, BOB));
}

CASE(chown, changes_ctime_only) {
    put("f", "");
    struct stat before = stat_of("f");
    tick();
    OK(chown("f", ALICE, ALICE));
    struct stat after = stat_of("f");
    CHECK(later(after.st_ctim, before.st_ctim));
    CHECK(same(after.st_mtim, before.st_mtim));
}

CASE(chown, clears_both_id_bits_of_a_program) {
    make_owned("f", 06755, ALICE, ALICE);
    as(ALICE, ALICE, TEAM);
    OK(chown("f", -1, TEAM));
    root();
    EQ(0755, MODE("f"));
}

CASE(chown, clears_both_id_bits_also_by_root) {
    make_owned("f", 06755, ALICE, ALICE);
    OK(chown("f", BOB, TEAM));
    EQ(0755, MODE("f"));
}

CASE(chown, keeps_the_group_bit_that_means_mandatory_locking) {
    make_owned("f", 06644, ALICE, ALICE);
    OK(chown("f", BOB, BOB));
    EQ(02644, MODE("f"));
}

CASE(chown, clears_id_bits_by_descriptor) {
    make_owned("f", 06775, ALICE, ALICE);
    int fd = OK(open("f", O_RDONLY));
    OK(fchown(fd, BOB, BOB));
    EQ(0775, stat_of_fd(fd).st_mode & 07777);
    EQ(0775, MODE("f"));
}

CASE(chown, keeps_the_bits_of_folders) {
    make_folder("d", 06755, ALICE, ALICE);
    OK(chown("d", BOB, BOB));
    EQ(06755, MODE("d"));
}

CASE(chown, that_changes_nothing_clears_the_bits_too) {
    make_owned("f", 06755, ALICE, ALICE);
    OK(chown("f", ALICE, ALICE));
    EQ(0755, MODE("f"));
}

CASE(chown, errors_of_the_path) {
    put("f", "");
    FAILS(ENOENT, chown("none", 0, 0));
    FAILS(ENOTDIR, chown("f/x", 0, 0));
    OK(symlink("loop", "loop"));
    FAILS(ELOOP, chown("loop", 0, 0));
    int fd = OK(open("f", O_PATH));
    FAILS(EBADF, fchown(fd, 0, 0));
}
