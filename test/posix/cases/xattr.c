/* Extended attributes (xattr(7)). */
#include "posix.h"

static char buffer[70000], other[70000];

CASE(xattr, set_get_list_remove) {
    put("f", "");
    OK(setxattr("f", "user.a", "value", 5, 0));
    EQ(5, OK(getxattr("f", "user.a", NULL, 0)));
    EQ(5, OK(getxattr("f", "user.a", buffer, sizeof buffer)));
    CHECK(!memcmp(buffer, "value", 5));
    OK(setxattr("f", "user.b", "", 0, 0));
    EQ(0, OK(getxattr("f", "user.b", buffer, sizeof buffer)));
    ssize_t size = OK(listxattr("f", NULL, 0));
    EQ(size, OK(listxattr("f", buffer, sizeof buffer)));
    EQ(14, size);
    CHECK(memmem(buffer, size, "user.a", 7) && memmem(buffer, size, "user.b", 7));
    OK(removexattr("f", "user.a"));
    FAILS(ENODATA, getxattr("f", "user.a", buffer, sizeof buffer));
    FAILS(ENODATA, removexattr("f", "user.a"));
    EQ(7, OK(listxattr("f", buffer, sizeof buffer)));
}

CASE(xattr, create_and_replace) {
    put("f", "");
    FAILS(ENODATA, setxattr("f", "user.a", "1", 1, XATTR_REPLACE));
    OK(setxattr("f", "user.a", "1", 1, XATTR_CREATE));
    FAILS(EEXIST, setxattr("f", "user.a", "2", 1, XATTR_CREATE));
    OK(setxattr("f", "user.a", "23", 2, XATTR_REPLACE));
    EQ(2, OK(getxattr("f", "user.a", buffer, sizeof buffer)));
    FAILS(EINVAL, setxattr("f", "user.a", "2", 1, 64));
}

CASE(xattr, values_of_many_sizes) {
    put("f", "");
    memset(buffer, 'v', sizeof buffer);
    static const size_t sizes[] = {1, 31, 32, 255, 256, 1000, 3000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        OK(setxattr("f", "user.a", buffer, sizes[i], 0));
        EQ(sizes[i], OK(getxattr("f", "user.a", other, sizeof other)));
        CHECK(!memcmp(buffer, other, sizes[i]));
    }
}

CASE(xattr, buffers_that_are_too_small) {
    put("f", "");
    OK(setxattr("f", "user.a", "value", 5, 0));
    FAILS(ERANGE, getxattr("f", "user.a", buffer, 4));
    FAILS(ERANGE, listxattr("f", buffer, 3));
}

CASE(xattr, limits) {
    char name[300] = "user.";
    memset(name + 5, 'n', 250);
    put("f", "");
    OK(setxattr("f", name, "v", 1, 0));
    EQ(1, OK(getxattr("f", name, buffer, sizeof buffer)));
    name[255] = 'n';
    FAILS(ERANGE, setxattr("f", name, "v", 1, 0));
    FAILS(ERANGE, getxattr("f", name, buffer, sizeof buffer));
    FAILS(E2BIG, setxattr("f", "user.a", buffer, 65537, 0));
    FAILS(ERANGE, setxattr("f", "", "v", 1, 0));
    /* More than a block of ext4 holds. */
    FAILS(ENOSPC, setxattr("f", "user.a", buffer, 65536, 0));
}

CASE(xattr, name_spaces) {
    put("f", "");
    FAILS(EOPNOTSUPP, setxattr("f", "plain", "v", 1, 0));
    FAILS(EOPNOTSUPP, setxattr("f", "unknown.a", "v", 1, 0));
    FAILS(EINVAL, setxattr("f", "user.", "v", 1, 0));
    OK(setxattr("f", "trusted.a", "v", 1, 0));
    OK(setxattr("f", "security.a", "v", 1, 0));
    EQ(1, OK(getxattr("f", "trusted.a", buffer, sizeof buffer)));
    EQ(1, OK(getxattr("f", "security.a", buffer, sizeof buffer)));
}

CASE(xattr, trusted_is_hidden_from_users) {
    make_owned("f", 0666, ALICE, ALICE);
    OK(setxattr("f", "trusted.a", "v", 1, 0));
    OK(setxattr("f", "user.a", "v", 1, 0));
    as(ALICE, ALICE);
    FAILS(EPERM, setxattr("f", "trusted.b", "v", 1, 0));
    FAILS(ENODATA, getxattr("f", "trusted.a", buffer, sizeof buffer));
    FAILS(EPERM, setxattr("f", "security.b", "v", 1, 0));
    ssize_t size = OK(listxattr("f", buffer, sizeof buffer));
    CHECK(!memmem(buffer, size, "trusted", 7));
    CHECK(memmem(buffer, size, "user.a", 7));
}

CASE(xattr, permissions_are_those_of_the_content) {
    make_owned("f", 0640, ALICE, TEAM);
    OK(setxattr("f", "user.a", "v", 1, 0));
    as(BOB, BOB, TEAM);
    EQ(1, OK(getxattr("f", "user.a", buffer, sizeof buffer)));
    FAILS(EACCES, setxattr("f", "user.a", "w", 1, 0));
    FAILS(EACCES, removexattr("f", "user.a"));
    as(BOB, BOB);
    FAILS(EACCES, getxattr("f", "user.a", buffer, sizeof buffer));
}

CASE(xattr, only_files_and_folders_have_user_attributes) {
    OK(mkdir("d", 0755));
    OK(mkfifo("p", 0644));
    OK(symlink("d", "l"));
    OK(setxattr("d", "user.a", "v", 1, 0));
    FAILS(EPERM, setxattr("p", "user.a", "v", 1, 0));
    FAILS(EPERM, lsetxattr("l", "user.a", "v", 1, 0));
    OK(setxattr("l", "user.b", "v", 1, 0));
    EQ(1, OK(getxattr("d", "user.b", buffer, sizeof buffer)));
    OK(lsetxattr("l", "trusted.a", "v", 1, 0));
    EQ(1, OK(lgetxattr("l", "trusted.a", buffer, sizeof buffer)));
    FAILS(ENODATA, getxattr("d", "trusted.a", buffer, sizeof buffer));
}

CASE(xattr, of_a_sticky_folder_belong_to_its_owner) {
    make_folder("d", 01777, ALICE, ALICE);
    as(BOB, BOB);
    FAILS(EPERM, setxattr("d", "user.a", "v", 1, 0));
    as(ALICE, ALICE);
    as(ALICE, ALICE);
    OK(setxattr("d", "user.a", "v", 1, 0));
}

CASE(xattr, by_descriptor) {
    put("f", "");
    int fd = OK(open("f", O_RDONLY));
    OK(fsetxattr(fd, "user.a", "v", 1, 0));
    EQ(1, OK(fgetxattr(fd, "user.a", buffer, sizeof buffer)));
    OK(fremovexattr(fd, "user.a"));
    FAILS(ENODATA, fgetxattr(fd, "user.a", buffer, sizeof buffer));
}

CASE(xattr, errors_of_the_path) {
    put("f", "");
    FAILS(ENOENT, setxattr("none", "user.a", "v", 1, 0));
    FAILS(ENOTDIR, getxattr("f/x", "user.a", buffer, 1));
    FAILS(ENOENT, listxattr("none", buffer, 1));
    FAILS(ENODATA, getxattr("f", "user.none", buffer, 1));
}

CASE(xattr, follow_the_inode) {
    put("f", "");
    OK(setxattr("f", "user.a", "v", 1, 0));
    OK(link("f", "g"));
    OK(rename("f", "h"));
    EQ(1, OK(getxattr("g", "user.a", buffer, sizeof buffer)));
    OK(setxattr("h", "user.a", "longer", 6, 0));
    EQ(6, OK(getxattr("g", "user.a", buffer, sizeof buffer)));
}

CASE(xattr, fifty_of_them) {
    char name[32];
    put("f", "");
    for (int i = 0; i < 50; i++) {
        snprintf(name, sizeof name, "user.attribute%02d", i);
        OK(setxattr("f", name, name, strlen(name), 0));
    }
    EQ(50 * 17, OK(listxattr("f", buffer, sizeof buffer)));
    for (int i = 0; i < 50; i++) {
        snprintf(name, sizeof name, "user.attribute%02d", i);
        EQ(16, OK(getxattr("f", name, buffer, sizeof buffer)));
        CHECK(!memcmp(buffer, name, 16));
    }
}
