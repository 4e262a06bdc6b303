/* Names and paths at their limits. */
#include "posix.h"

CASE(names, of_255_bytes) {
    char name[257];
    memset(name, 'n', 256);
    name[255] = 0;
    put(name, "text");
    has_text(name, "text");
    OK(rename(name, "short"));
    OK(link("short", name));
    OK(unlink(name));
    OK(symlink("x", name));
    OK(unlink(name));
    OK(mkdir(name, 0755));
    DIR *d = opendir(".");
    bool seen = false;
    for (struct dirent *e; (e = readdir(d));)
        seen |= !strcmp(e->d_name, name);
    CHECK(seen);
    name[255] = 'n', name[256] = 0;
    FAILS(ENAMETOOLONG, open(name, O_RDONLY));
    FAILS(ENAMETOOLONG, access(name, F_OK));
}

CASE(names, any_byte_but_slash_and_nul) {
    char name[2] = "x";
    for (int byte = 1; byte < 256; byte++) {
        if (byte == '/' || byte == '.')
            continue;
        name[0] = byte;
        int fd = OK(open(name, O_CREAT | O_EXCL | O_WRONLY, 0644));
        OK(close(fd));
    }
    EQ(253, entries("."));
    put("\xff\xfe not utf-8 \n\t", "text");
    has_text("\xff\xfe not utf-8 \n\t", "text");
}

CASE(names, with_dots_in_them) {
    put("...", "a");
    put("..x", "b");
    put(" ", "c");
    put(".x", "d");
    has_text("...", "a");
    has_text("..x", "b");
    EQ(4, entries("."));
}

CASE(names, case_matters) {
    put("name", "small");
    put("NAME", "large");
    has_text("name", "small");
    has_text("NAME", "large");
}

CASE(names, paths_of_4095_bytes) {
    char path[4200] = "";
    /* A folder's name of 199 and a slash; 20 of them, and a name that fills up to the limit. */
    int depth = 0;
    size_t length = 0;
    char part[200];
    memset(part, 'p', 199);
    part[199] = 0;
    for (; depth < 20; depth++) {
        OK(mkdir(part, 0755));
        OK(chdir(part));
        length += sprintf(path + length, "%s/", part);
    }
    for (int i = 0; i < depth; i++)
        OK(chdir(".."));
    memset(path + length, 'f', 4095 - length);
    path[4095] = 0;
    put(path, "text");
    has_text(path, "text");
    struct stat s;
    OK(stat(path, &s));
    path[4095] = 'f', path[4096] = 0;
    FAILS(ENAMETOOLONG, stat(path, &s));
    path[4095] = 0;
    OK(unlink(path));
}

CASE(names, dots_and_slashes_are_taken_out) {
    OK(mkdir("d", 0755));
    put("d/f", "text");
    has_text("./d/./f", "text");
    has_text("d//f", "text");
    has_text("d/../d/f", "text");
    has_text("d/../../../../../../../../../../../proc/../proc/self/cwd/d/f", "text");
    struct stat s;
    FAILS(ENOENT, stat("none/../d/f", &s));
    FAILS(ENOTDIR, stat("d/f/../f", &s));
}

CASE(names, the_parent_of_the_parent) {
    OK(mkdir("a", 0755));
    OK(mkdir("a/b", 0755));
    EQ(stat_of("a").st_ino, stat_of("a/b/..").st_ino);
    EQ(stat_of(".").st_ino, stat_of("a/b/../..").st_ino);
    OK(rename("a/b", "c"));
    EQ(stat_of(".").st_ino, stat_of("c/..").st_ino);
}
