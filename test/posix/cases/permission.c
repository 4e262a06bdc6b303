/* Who may read, write, search and execute: owner, group, supplementary group, others, root. */
#include "posix.h"

static int exec_status(const char *path) {
    int status;
    pid_t child = OK(fork());
    if (child == 0) {
        execl(path, path, "--list", NULL);
        _exit(errno);
    }
    OK(waitpid(child, &status, 0));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Tries all three accesses as the current user: a bit of 4, 2 and 1 each. */
static unsigned access_of(const char *path) {
    unsigned may = 0;
    int fd;
    if ((fd = open(path, O_RDONLY)) >= 0)
        may |= 4, close(fd);
    if ((fd = open(path, O_WRONLY)) >= 0)
        may |= 2, close(fd);
    may |= faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
    return may;
}

static void try_all(const char *path, int shift, uid_t uid, gid_t gid, gid_t other) {
    for (unsigned bits = 0; bits < 8; bits++) {
        OK(chmod(path, (0777 & ~(7 << shift)) | bits << shift));
        user(uid, gid, other, 0);
        EQ(bits, access_of(path));
        root();
    }
}

CASE(permission, bits_of_the_owner_bind_the_owner) {
    make_owned("f", 0, ALICE, TEAM);
    try_all("f", 6, ALICE, TEAM, 0);
}

CASE(permission, bits_of_the_group_bind_its_members) {
    make_owned("f", 0, ALICE, TEAM);
    try_all("f", 3, BOB, TEAM, 0);
}

CASE(permission, bits_of_the_group_bind_supplementary_members) {
    make_owned("f", 0, ALICE, TEAM);
    try_all("f", 3, BOB, BOB, TEAM);
}

CASE(permission, bits_of_others_bind_others) {
    make_owned("f", 0, ALICE, TEAM);
    try_all("f", 0, BOB, BOB, CLUB);
}

CASE(permission, root_reads_and_writes_all_but_executes_only_programs) {
    make_owned("f", 0, ALICE, TEAM);
    EQ(6, access_of("f"));
    EQ(EACCES, exec_status("./f"));
    OK(chmod("f", 0001));
    EQ(7, access_of("f"));
}

CASE(permission, reading_a_folder_is_not_searching_it) {
    make_folder("d", 0700, ALICE, ALICE);
    put("d/f", "text");
    as(ALICE, ALICE);
    OK(chmod("d", 0400));
    EQ(1, entries("d"));
    FAILS(EACCES, open("d/f", O_RDONLY));
    FAILS(EACCES, faccessat(AT_FDCWD, "d/f", F_OK, AT_EACCESS));
    OK(chmod("d", 0100));
    OK(faccessat(AT_FDCWD, "d/f", F_OK, AT_EACCESS));
    has_text("d/f", "text");
    FAILS(EACCES, open("d", O_RDONLY | O_DIRECTORY));
    FAILS(EACCES, open("d/g", O_WRONLY | O_CREAT, 0644));
    OK(chmod("d", 0300));
    OK(open("d/g", O_WRONLY | O_CREAT, 0644));
    OK(chmod("d", 0200));
    FAILS(EACCES, open("d/h", O_WRONLY | O_CREAT, 0644));
    root();
    OK(chmod("d", 0700));
}

CASE(permission, making_a_file_by_a_supplementary_group) {
    make_folder("d", 0770, 0, TEAM);
    as(ALICE, ALICE, TEAM);
    OK(open("d/f", O_RDWR | O_CREAT, 0644));
    OK(mkdir("d/d", 0755));
    OK(symlink("x", "d/l"));
    OK(mkfifo("d/p", 0644));
    OK(link("d/f", "d/hard"));
    OK(rename("d/f", "d/g"));
    OK(unlink("d/g"));
    OK(rmdir("d/d"));
    root();
    EQ(ALICE, stat_of("d/hard").st_uid);
    EQ(ALICE, stat_of("d/hard").st_gid);
    as(BOB, BOB, CLUB);
    FAILS(EACCES, open("d/x", O_RDWR | O_CREAT, 0644));
}

CASE(permission, files_belong_to_effective_ids) {
    make_folder("d", 0777, 0, 0);
    as(ALICE, TEAM);
    OK(open("d/f", O_RDWR | O_CREAT, 0644));
    root();
    EQ(ALICE, stat_of("d/f").st_uid);
    EQ(TEAM, stat_of("d/f").st_gid);
}

CASE(permission, access_asks_for_the_real_user) {
    make_owned("f", 0600, ALICE, ALICE);
    as(BOB, BOB);
    /* The real ids are root's still. */
    OK(access("f", R_OK | W_OK));
    FAILS(EACCES, faccessat(AT_FDCWD, "f", R_OK, AT_EACCESS));
    FAILS(ENOENT, access("none", F_OK));
    FAILS(EINVAL, access("f", 64));
}

CASE(permission, every_folder_of_the_path_counts) {
    make_folder("a", 0755, 0, 0);
    make_folder("a/b", 0700, 0, 0);
    make_folder("a/b/c", 0755, 0, 0);
    put("a/b/c/f", "text");
    as(ALICE, ALICE);
    FAILS(EACCES, open("a/b/c/f", O_RDONLY));
    root();
    OK(chmod("a/b", 0711));
    as(ALICE, ALICE);
    OK(open("a/b/c/f", O_RDONLY));
}

CASE(permission, a_program_runs_for_whom_it_may) {
    static char buffer[65536];
    int from = OK(open("/proc/self/exe", O_RDONLY)), to = OK(open("p", O_WRONLY | O_CREAT, 0700));
    for (ssize_t got; (got = OK(read(from, buffer, sizeof buffer))) > 0;)
        EQ(got, OK(write(to, buffer, got)));
    OK(close(to));
    int null = OK(open("/dev/null", O_WRONLY));
    dup2(null, 1);
    EQ(0, exec_status("./p"));
    as(ALICE, ALICE);
    EQ(EACCES, exec_status("./p"));
    root();
    OK(chmod("p", 0711));
    as(ALICE, ALICE);
    EQ(0, exec_status("./p"));
}

CASE(permission, a_set_user_id_program_runs_as_its_owner) {
    int status;
    static char buffer[65536];
    int from = OK(open("/proc/self/exe", O_RDONLY)), to = OK(open("p", O_WRONLY | O_CREAT, 0700));
    for (ssize_t got; (got = OK(read(from, buffer, sizeof buffer))) > 0;)
        EQ(got, OK(write(to, buffer, got)));
    OK(close(to));
    OK(chown("p", BOB, CLUB));
    OK(chmod("p", 06755));
    pid_t child = OK(fork());
    if (child == 0) {
        OK(setresgid(ALICE, ALICE, ALICE));
        OK(setresuid(ALICE, ALICE, ALICE));
        execl("./p", "p", "--ids", NULL);
        _exit(99);
    }
    OK(waitpid(child, &status, 0));
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

CASE(permission, changes_are_seen_at_once) {
    make_folder("d", 0755, 0, 0);
    make_owned("d/f", 0644, 0, 0);
    as(ALICE, ALICE);
    OK(close(OK(open("d/f", O_RDONLY))));
    root();
    OK(chmod("d/f", 0600));
    as(ALICE, ALICE);
    FAILS(EACCES, open("d/f", O_RDONLY));
    root();
    OK(chmod("d/f", 0644));
    OK(chmod("d", 0700));
    as(ALICE, ALICE);
    FAILS(EACCES, open("d/f", O_RDONLY));
}
