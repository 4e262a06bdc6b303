/* O_TMPFILE, and linkat that gives such a file a name. */
#include "posix.h"

static int name_it(int fd, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

CASE(tmpfile, has_no_name) {
    char text[8] = "";
    int fd = OK(open(".", O_TMPFILE | O_RDWR, 0640));
    struct stat s = stat_of_fd(fd);
    EQ(S_IFREG | 0640, s.st_mode);
    EQ(0, s.st_nlink);
    EQ(4, OK(write(fd, "text", 4)));
    EQ(4, OK(pread(fd, text, sizeof text, 0)));
    EQ(0, entries("."));
}

CASE(tmpfile, can_be_named) {
    OK(mkdir("d", 0755));
    int fd = OK(open("d", O_TMPFILE | O_RDWR, 0644));
    EQ(4, OK(write(fd, "text", 4)));
    OK(name_it(fd, "d/f"));
    EQ(1, stat_of_fd(fd).st_nlink);
    has_text("d/f", "text");
    EQ(stat_of_fd(fd).st_ino, stat_of("d/f").st_ino);
    FAILS(EEXIST, name_it(fd, "d/f"));
    OK(name_it(fd, "g"));
    EQ(2, stat_of("g").st_nlink);
    EQ(4, OK(pwrite(fd, "TEXT", 4, 0)));
    has_text("g", "TEXT");
}

CASE(tmpfile, can_be_named_by_descriptor) {
    int fd = OK(open(".", O_TMPFILE | O_WRONLY, 0644));
    OK(linkat(fd, "", AT_FDCWD, "f", AT_EMPTY_PATH));
    has_text("f", "");
}

CASE(tmpfile, exclusive_ones_cannot) {
    int fd = OK(open(".", O_TMPFILE | O_RDWR | O_EXCL, 0644));
    FAILS(ENOENT, name_it(fd, "f"));
    EQ(0, entries("."));
}

CASE(tmpfile, owner_umask_and_permission) {
    make_folder("d", 0777, 0, 0);
    make_folder("closed", 0755, 0, 0);
    umask(0027);
    as(ALICE, TEAM);
    struct stat s = stat_of_fd(OK(open("d", O_TMPFILE | O_RDWR, 0666)));
    EQ(ALICE, s.st_uid);
    EQ(TEAM, s.st_gid);
    EQ(0640, s.st_mode & 07777);
    FAILS(EACCES, open("closed", O_TMPFILE | O_RDWR, 0666));
}

CASE(tmpfile, group_id_folders_give_their_group) {
    make_folder("d", 02777, 0, CLUB);
    as(ALICE, ALICE);
    EQ(CLUB, stat_of_fd(OK(open("d", O_TMPFILE | O_RDWR, 0666))).st_gid);
}

CASE(tmpfile, errors) {
    put("f", "");
    FAILS(EINVAL, open(".", O_TMPFILE | O_RDONLY, 0644));
    FAILS(ENOTDIR, open("f", O_TMPFILE | O_RDWR, 0644));
    FAILS(ENOENT, open("none", O_TMPFILE | O_RDWR, 0644));
}

CASE(append, goes_to_the_end) {
    put("f", "one ");
    int fd = OK(open("f", O_WRONLY | O_APPEND));
    EQ(0, OK(lseek(fd, 0, SEEK_SET)));
    EQ(4, OK(write(fd, "two ", 4)));
    EQ(8, OK(lseek(fd, 0, SEEK_CUR)));
    int other = OK(open("f", O_WRONLY | O_APPEND));
    EQ(6, OK(write(other, "three ", 6)));
    EQ(4, OK(write(fd, "four", 4)));
    has_text("f", "one two three four");
}

CASE(append, pwrite_appends_too) {
    put("f", "one ");
    int fd = OK(open("f", O_WRONLY | O_APPEND));
    EQ(3, OK(pwrite(fd, "two", 3, 0)));
    has_text("f", "one two");
}

CASE(append, after_a_truncation) {
    put("f", "0123456789");
    int fd = OK(open("f", O_WRONLY | O_APPEND));
    OK(truncate("f", 2));
    EQ(1, OK(write(fd, "x", 1)));
    has_text("f", "01x");
}

CASE(append, can_be_switched_on) {
    put("f", "one ");
    int fd = OK(open("f", O_RDWR));
    OK(fcntl(fd, F_SETFL, OK(fcntl(fd, F_GETFL)) | O_APPEND));
    EQ(3, OK(write(fd, "two", 3)));
    has_text("f", "one two");
}

CASE(append, writers_do_not_overwrite_one_another) {
    enum { WRITERS = 4, RECORDS = 200, SIZE = 100 };
    char record[SIZE];
    int seen[WRITERS] = {0};
    for (int writer = 0; writer < WRITERS; writer++) {
        if (in_child()) {
            int fd = OK(open("f", O_WRONLY | O_CREAT | O_APPEND, 0644));
            memset(record, 'a' + writer, SIZE);
            for (int i = 0; i < RECORDS; i++)
                EQ(SIZE, OK(write(fd, record, SIZE)));
            done();
        }
    }
    for (int writer = 0; writer < WRITERS; writer++)
        child_ok();
    EQ(WRITERS * RECORDS * SIZE, stat_of("f").st_size);
    int fd = OK(open("f", O_RDONLY));
    while (OK(read(fd, record, SIZE)) == SIZE) {
        for (int i = 1; i < SIZE; i++)
            EQ(record[0], record[i]);
        seen[record[0] - 'a']++;
    }
    for (int writer = 0; writer < WRITERS; writer++)
        EQ(RECORDS, seen[writer]);
}
