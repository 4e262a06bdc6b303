/* POSIX ACLs, set as the kernel's raw attribute (posix_acl_xattr.h), and what they do. */
#include "posix.h"

enum { USER_OBJ = 1, USER = 2, GROUP_OBJ = 4, GROUP = 8, MASK = 16, OTHER = 32 };

struct acl {
    uint32_t version;
    struct entry {
        uint16_t tag, bits;
        uint32_t id;
    } entry[8];
};

#define NONE 0xFFFFFFFFu
#define SIZE(count) (4 + 8 * (count))
#define ACCESS_ACL "system.posix_acl_access"
#define DEFAULT_ACL "system.posix_acl_default"

/* rw-r----- with more for ALICE and TEAM. */
static const struct acl extended = {
    2, {{USER_OBJ, 6, NONE}, {USER, 6, ALICE}, {GROUP_OBJ, 4, NONE}, {GROUP, 5, TEAM}, {MASK, 7, NONE}, {OTHER, 0, NONE}}};

static struct acl read_acl(const char *path, const char *name, int count) {
    struct acl acl = {0};
    EQ(SIZE(count), OK(getxattr(path, name, &acl, sizeof acl)));
    EQ(2, acl.version);
    return acl;
}

CASE(acl, set_and_get) {
    put("f", "text");
    OK(setxattr("f", ACCESS_ACL, &extended, SIZE(6), 0));
    struct acl found = read_acl("f", ACCESS_ACL, 6);
    CHECK(!memcmp(&found, &extended, SIZE(6)));
    EQ(0670, MODE("f"));
    char names[256];
    ssize_t size = OK(listxattr("f", names, sizeof names));
    CHECK(memmem(names, size, ACCESS_ACL, sizeof ACCESS_ACL));
}

CASE(acl, named_entries_grant) {
    put("f", "text");
    OK(setxattr("f", ACCESS_ACL, &extended, SIZE(6), 0));
    as(ALICE, ALICE);
    OK(close(OK(open("f", O_RDWR))));
    as(BOB, BOB, TEAM);
    OK(close(OK(open("f", O_RDONLY))));
    FAILS(EACCES, open("f", O_WRONLY));
    as(BOB, BOB);
    FAILS(EACCES, open("f", O_RDONLY));
}

CASE(acl, named_entries_deny) {
    struct acl acl = {2, {{USER_OBJ, 6, NONE}, {USER, 0, ALICE}, {GROUP_OBJ, 4, NONE}, {MASK, 7, NONE}, {OTHER, 6, NONE}}};
    put("f", "text");
    OK(setxattr("f", ACCESS_ACL, &acl, SIZE(5), 0));
    as(ALICE, ALICE);
    FAILS(EACCES, open("f", O_RDONLY));
    as(BOB, BOB);
    OK(open("f", O_RDWR));
}

CASE(acl, the_mask_limits) {
    struct acl acl = extended;
    acl.entry[4].bits = 4;
    put("f", "text");
    OK(setxattr("f", ACCESS_ACL, &acl, SIZE(6), 0));
    EQ(0640, MODE("f"));
    as(ALICE, ALICE);
    OK(close(OK(open("f", O_RDONLY))));
    FAILS(EACCES, open("f", O_WRONLY));
}

CASE(acl, chmod_changes_the_mask) {
    put("f", "text");
    OK(setxattr("f", ACCESS_ACL, &extended, SIZE(6), 0));
    OK(chmod("f", 0600));
    struct acl found = read_acl("f", ACCESS_ACL, 6);
    EQ(0, found.entry[4].bits);
    EQ(4, found.entry[2].bits);
    as(ALICE, ALICE);
    FAILS(EACCES, open("f", O_RDONLY));
}

CASE(acl, a_minimal_one_is_the_mode) {
    struct acl acl = {2, {{USER_OBJ, 7, NONE}, {GROUP_OBJ, 5, NONE}, {OTHER, 1, NONE}}};
    char value[64];
    put("f", "text");
    OK(setxattr("f", ACCESS_ACL, &acl, SIZE(3), 0));
    EQ(0751, MODE("f"));
    FAILS(ENODATA, getxattr("f", ACCESS_ACL, value, sizeof value));
}

CASE(acl, removal) {
    char value[64];
    put("f", "text");
    OK(setxattr("f", ACCESS_ACL, &extended, SIZE(6), 0));
    OK(removexattr("f", ACCESS_ACL));
    FAILS(ENODATA, getxattr("f", ACCESS_ACL, value, sizeof value));
    as(ALICE, ALICE);
    FAILS(EACCES, open("f", O_WRONLY));
}

CASE(acl, setting_clears_the_group_id_bit_for_strangers) {
    struct acl acl = {2, {{USER_OBJ, 7, NONE}, {GROUP_OBJ, 7, NONE}, {OTHER, 5, NONE}}};
    make_owned("f", 02775, ALICE, TEAM);
    as(ALICE, ALICE);
    OK(setxattr("f", ACCESS_ACL, &acl, SIZE(3), 0));
    EQ(0775, MODE("f"));
    root();
    OK(chmod("f", 02775));
    as(ALICE, ALICE, TEAM);
    OK(setxattr("f", ACCESS_ACL, &acl, SIZE(3), 0));
    EQ(02775, MODE("f"));
}

CASE(acl, who_may_set) {
    make_owned("f", 0666, ALICE, ALICE);
    as(BOB, BOB);
    FAILS(EPERM, setxattr("f", ACCESS_ACL, &extended, SIZE(6), 0));
    as(ALICE, ALICE);
    OK(setxattr("f", ACCESS_ACL, &extended, SIZE(6), 0));
}

CASE(acl, malformed_ones_are_refused) {
    struct acl acl = extended;
    put("f", "");
    OK(symlink("f", "l"));
    FAILS(EINVAL, setxattr("f", ACCESS_ACL, &extended, SIZE(6) - 1, 0));
    acl.version = 1;
    FAILS(EOPNOTSUPP, setxattr("f", ACCESS_ACL, &acl, SIZE(6), 0));
    acl = extended;
    acl.entry[4].tag = USER;
    FAILS(EINVAL, setxattr("f", ACCESS_ACL, &acl, SIZE(6), 0));
    acl = extended;
    acl.entry[0].bits = 8;
    FAILS(EINVAL, setxattr("f", ACCESS_ACL, &acl, SIZE(6), 0));
    FAILS(EACCES, setxattr("f", DEFAULT_ACL, &extended, SIZE(6), 0));
    EQ(0644, MODE("f"));
}

CASE(acl, a_default_is_inherited_and_replaces_the_umask) {
    OK(mkdir("d", 0755));
    OK(setxattr("d", DEFAULT_ACL, &extended, SIZE(6), 0));
    EQ(0755, MODE("d"));
    umask(0077);
    OK(close(OK(open("d/f", O_RDWR | O_CREAT, 0666))));
    struct acl found = read_acl("d/f", ACCESS_ACL, 6);
    EQ(6, found.entry[1].bits);
    EQ(ALICE, found.entry[1].id);
    EQ(6, found.entry[4].bits);
    EQ(0660, MODE("d/f"));
    OK(mkdir("d/d", 0777));
    (void)read_acl("d/d", DEFAULT_ACL, 6);
    found = read_acl("d/d", ACCESS_ACL, 6);
    EQ(7, found.entry[4].bits);
    EQ(0670, MODE("d/d"));
    OK(mkfifo("d/p", 0666));
    EQ(0660, MODE("d/p"));
    OK(symlink("x", "d/l"));
    EQ(0777, MODE("d/l"));
}

CASE(acl, an_inherited_entry_grants) {
    OK(mkdir("d", 0755));
    OK(setxattr("d", DEFAULT_ACL, &extended, SIZE(6), 0));
    OK(close(OK(open("d/f", O_RDWR | O_CREAT, 0666))));
    as(ALICE, ALICE);
    OK(open("d/f", O_RDWR));
    as(BOB, BOB);
    FAILS(EACCES, open("d/f", O_RDONLY));
}

CASE(acl, a_minimal_default_replaces_the_umask_too) {
    struct acl acl = {2, {{USER_OBJ, 7, NONE}, {GROUP_OBJ, 7, NONE}, {OTHER, 5, NONE}}};
    OK(mkdir("d", 0755));
    OK(setxattr("d", DEFAULT_ACL, &acl, SIZE(3), 0));
    umask(0077);
    OK(close(OK(open("d/f", O_RDWR | O_CREAT, 0666))));
    EQ(0664, MODE("d/f"));
    OK(removexattr("d", DEFAULT_ACL));
    OK(close(OK(open("d/g", O_RDWR | O_CREAT, 0666))));
    EQ(0600, MODE("d/g"));
}

CASE(umask, masks_what_is_made) {
    umask(0137);
    OK(close(OK(open("f", O_RDWR | O_CREAT, 0777))));
    OK(mkdir("d", 0777));
    OK(mkfifo("p", 0777));
    OK(symlink("x", "l"));
    EQ(0640, MODE("f"));
    EQ(0640, MODE("d"));
    EQ(0640, MODE("p"));
    EQ(0777, MODE("l"));
    OK(chmod("f", 0777));
    EQ(0777, MODE("f"));
}
