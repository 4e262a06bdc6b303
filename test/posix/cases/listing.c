/* readdir(3), telldir, seekdir, rewinddir, also in large folders while they change. */
#include "posix.h"

enum { MANY = 100000, SOME = 2000 };

/* How often number N was seen. */
static unsigned char seen[MANY];

/* The large folder is made by the first run in a directory, beside the folders of the cases: that is quick on the host. */
static const char *large = "../large";

static int number_of(const char *name) {
    int number;
    return sscanf(name, "n%d", &number) == 1 ? number : -1;
}

static void make_files(const char *folder, int count) {
    char name[64];
    if (mkdir(folder, 0755))
        EQ(EEXIST, errno);
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%s/n%06d", folder, i);
        OK(close(OK(open(name, O_WRONLY | O_CREAT, 0644))));
    }
}

CASE(listing, types_and_numbers_are_right) {
    put("f", "");
    OK(mkdir("d", 0755));
    OK(symlink("x", "l"));
    OK(mkfifo("p", 0644));
    OK(mknod("c", S_IFCHR | 0644, makedev(1, 3)));
    OK(mknod("s", S_IFSOCK | 0644, 0));
    DIR *d = opendir(".");
    int count = 0;
    for (struct dirent *e; (e = readdir(d)); count++) {
        if (!strcmp(e->d_name, ".."))
            continue;
        struct stat s = stat_of(e->d_name);
        EQ(s.st_ino, e->d_ino);
        EQ(IFTODT(s.st_mode), e->d_type);
    }
    EQ(8, count);
}

CASE(listing, an_empty_folder) {
    OK(mkdir("d", 0755));
    EQ(0, entries("d"));
}

CASE(listing, rewinding_sees_new_names) {
    OK(mkdir("d", 0755));
    DIR *d = opendir("d");
    while (readdir(d))
        ;
    put("d/new", "");
    rewinddir(d);
    bool found = false;
    for (struct dirent *e; (e = readdir(d));)
        found |= !strcmp(e->d_name, "new");
    CHECK(found);
}

CASE(listing, every_position_can_be_returned_to) {
    static long places[SOME];
    static char names[SOME][16];
    int count = 0;
    make_files("d", 500);
    DIR *d = opendir("d");
    for (struct dirent *e; (places[count] = telldir(d), e = readdir(d)); count++)
        snprintf(names[count], sizeof names[count], "%.15s", e->d_name);
    EQ(502, count);
    for (int i = count - 1; i >= 0; i -= 7) {
        seekdir(d, places[i]);
        struct dirent *e = readdir(d);
        CHECK(e && !strcmp(e->d_name, names[i]));
    }
}

CASE(listing, names_that_vanish_meanwhile) {
    char name[64];
    make_files("d", SOME);
    DIR *d = opendir("d");
    int count = 0;
    for (struct dirent *e; (e = readdir(d)); count++) {
        int number = number_of(e->d_name);
        if (number < 0)
            continue;
        EQ(0, seen[number]++);
        /* Each one takes itself and its successor away. */
        snprintf(name, sizeof name, "d/%s", e->d_name);
        (void)unlink(name);
        snprintf(name, sizeof name, "d/n%06d", (number + 1) % SOME);
        (void)unlink(name);
    }
    CHECK(count > SOME / 4);
    OK(closedir(d));
    /* What was not listed was unlinked before. */
    EQ(0, entries("d"));
}

CASE(listing, names_that_stay_are_seen_once_while_others_come_and_go) {
    char name[64];
    make_files("d", SOME);
    DIR *d = opendir("d");
    int turn = 0;
    for (struct dirent *e; (e = readdir(d)); turn++) {
        int number = number_of(e->d_name);
        if (number >= 0)
            EQ(0, seen[number]++);
        snprintf(name, sizeof name, "d/x%d", turn);
        OK(close(OK(open(name, O_WRONLY | O_CREAT, 0644))));
        if (turn > 50) {
            snprintf(name, sizeof name, "d/x%d", turn - 50);
            OK(unlink(name));
        }
        CHECK(turn < 100 * SOME);
    }
    for (int i = 0; i < SOME; i++)
        EQ(1, seen[i]);
}

CASE(listing, small_buffers) {
    char buffer[64];
    make_files("d", 100);
    int fd = OK(open("d", O_RDONLY | O_DIRECTORY)), count = 0;
    for (ssize_t got; (got = OK(getdents64(fd, buffer, sizeof buffer))) > 0;) {
        for (ssize_t at = 0; at < got; at += ((struct dirent64 *)(buffer + at))->d_reclen)
            count++;
    }
    EQ(102, count);
    FAILS(EINVAL, getdents64(OK(open("d", O_RDONLY | O_DIRECTORY)), buffer, 8));
    FAILS(ENOTDIR, getdents64(OK(open("d/n000001", O_RDONLY)), buffer, sizeof buffer));
}

CASE(listing, one_hundred_thousand) {
    char name[64];
    if (!exists(large))
        make_files(large, MANY);
    DIR *d = opendir(large);
    long places[3] = {0};
    char after[3][32];
    int count = 0;
    for (struct dirent *e; (e = readdir(d)); count++) {
        int number = number_of(e->d_name);
        if (number >= 0) {
            CHECK(number < MANY);
            EQ(0, seen[number]++);
        }
        if (count % 30000 == 29999) {
            places[count / 30000] = telldir(d);
            e = readdir(d);
            EQ(0, seen[number_of(e->d_name)]++);
            snprintf(after[count / 30000], sizeof *after, "%.31s", e->d_name);
            count++;
        }
    }
    EQ(MANY + 2, count);
    /* While entries vanish that are not at the places. */
    int gone = 0;
    for (int i = 0; i < MANY; i += 97) {
        snprintf(name, sizeof name, "n%06d", i);
        if (!strcmp(name, after[0]) || !strcmp(name, after[1]) || !strcmp(name, after[2]))
            continue;
        OK(unlinkat(dirfd(d), name, 0));
        gone++;
    }
    for (int i = 2; i >= 0; i--) {
        seekdir(d, places[i]);
        struct dirent *e = readdir(d);
        CHECK(e && !strcmp(e->d_name, after[i]));
    }
    OK(closedir(d));
    EQ(MANY - gone, entries(large));
    for (int i = 0; i < MANY; i += 97) {
        snprintf(name, sizeof name, "%s/n%06d", large, i);
        OK(close(OK(open(name, O_WRONLY | O_CREAT, 0644))));
    }
}
