/* open(2): flags and errors. Permissions are in permission.c, O_TMPFILE in tmpfile.c, O_APPEND in append.c. */
#include "posix.h"

CASE(open, creates_with_mode_and_umask) {
    umask(0027);
    OK(open("f", O_CREAT | O_RDWR, 0777));
    EQ(S_IFREG | 0750, stat_of("f").st_mode);
    umask(0);
    OK(open("g", O_CREAT | O_RDWR, 07777));
    EQ(07777, MODE("g"));
}

CASE(open, mode_does_not_bind_the_creator) {
    make_folder("d", 0777, 0, 0);
    as(ALICE, ALICE);
    int fd = OK(open("d/f", O_CREAT | O_RDWR, 0));
    OK(write(fd, "text", 4));
    char c;
    EQ(1, OK(pread(fd, &c, 1, 0)));
    FAILS(EACCES, open("d/f", O_RDONLY));
    EQ(0, MODE("d/f"));
}

CASE(open, exclusive) {
    put("f", "text");
    OK(symlink("none", "l"));
    OK(mkdir("d", 0755));
    FAILS(EEXIST, open("f", O_CREAT | O_EXCL | O_RDWR, 0644));
    FAILS(EEXIST, open("l", O_CREAT | O_EXCL | O_RDWR, 0644));
    FAILS(EEXIST, open("d", O_CREAT | O_EXCL | O_RDWR, 0644));
    OK(open("g", O_CREAT | O_EXCL | O_RDWR, 0644));
    FAILS(EEXIST, open("g", O_CREAT | O_EXCL | O_RDWR, 0644));
}

CASE(open, exclusive_is_won_by_one) {
    int winners = 0;
    for (int i = 0; i < 8; i++) {
        if (in_child()) {
            int fd = open("f", O_CREAT | O_EXCL | O_RDWR, 0644);
            if (fd < 0)
                EQ(EEXIST, errno);
            _exit(fd < 0 ? 7 : 0);
        }
    }
    for (int i = 0, status; i < 8; i++) {
        OK(wait(&status));
        CHECK(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 7));
        winners += WEXITSTATUS(status) == 0;
    }
    EQ(1, winners);
}

CASE(open, creates_through_a_dangling_link) {
    OK(symlink("target", "l"));
    OK(open("l", O_CREAT | O_RDWR, 0644));
    CHECK(exists("target"));
}

CASE(open, truncates) {
    put("f", "text");
    struct stat before = stat_of("f");
    tick();
    OK(open("f", O_WRONLY | O_TRUNC));
    struct stat after = stat_of("f");
    EQ(0, after.st_size);
    CHECK(later(after.st_mtim, before.st_mtim) && later(after.st_ctim, before.st_ctim));
    as(ALICE, ALICE);
    FAILS(EACCES, open("f", O_RDONLY | O_TRUNC));
}

CASE(open, folders) {
    OK(mkdir("d", 0755));
    put("f", "");
    FAILS(EISDIR, open("d", O_WRONLY));
    FAILS(EISDIR, open("d", O_RDWR));
    FAILS(EISDIR, open("d", O_RDONLY | O_TRUNC));
    FAILS(EISDIR, open("d", O_RDONLY | O_CREAT, 0644));
    FAILS(ENOTDIR, open("f", O_RDONLY | O_DIRECTORY));
    FAILS(ENOTDIR, open("f/", O_RDONLY));
    FAILS(EISDIR, open("new/", O_RDWR | O_CREAT, 0644));
    FAILS(EINVAL, open("new", O_RDWR | O_CREAT | O_DIRECTORY, 0644));
    int fd = OK(open("d", O_RDONLY | O_DIRECTORY));
    char c;
    FAILS(EISDIR, read(fd, &c, 1));
    OK(fsync(fd));
}

CASE(open, nofollow) {
    put("f", "");
    OK(symlink("f", "l"));
    FAILS(ELOOP, open("l", O_RDONLY | O_NOFOLLOW));
    int fd = OK(open("l", O_PATH | O_NOFOLLOW));
    EQ(S_IFLNK, stat_of_fd(fd).st_mode & S_IFMT);
    OK(mkdir("d", 0755));
    OK(symlink("d", "ld"));
    FAILS(ENOTDIR, open("ld", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
}

CASE(open, path_descriptors) {
    put("f", "text");
    int fd = OK(open("f", O_PATH));
    char c, path[64];
    FAILS(EBADF, read(fd, &c, 1));
    FAILS(EBADF, write(fd, "x", 1));
    FAILS(EBADF, ftruncate(fd, 0));
    EQ(4, stat_of_fd(fd).st_size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int again = OK(open(path, O_RDWR));
    EQ(1, OK(write(again, "T", 1)));
    has_text("f", "Text");
}

CASE(open, access_modes_bind) {
    put("f", "text");
    int reader = OK(open("f", O_RDONLY)), writer = OK(open("f", O_WRONLY));
    char c;
    FAILS(EBADF, write(reader, "x", 1));
    FAILS(EBADF, read(writer, &c, 1));
    FAILS(EINVAL, ftruncate(reader, 0));
    FAILS(EBADF, fallocate(reader, 0, 0, 10));
}

CASE(open, errors_of_the_path) {
    char name[257];
    memset(name, 'n', 256);
    name[256] = 0;
    put("f", "");
    OK(symlink("loop", "loop"));
    FAILS(ENOENT, open("none", O_RDONLY));
    FAILS(ENOENT, open("none/f", O_RDWR | O_CREAT, 0644));
    FAILS(ENOENT, open("", O_RDONLY));
    FAILS(ENOTDIR, open("f/x", O_RDWR | O_CREAT, 0644));
    FAILS(ELOOP, open("loop", O_RDONLY));
    FAILS(ELOOP, open("loop", O_RDWR | O_CREAT, 0644));
    FAILS(ENAMETOOLONG, open(name, O_RDWR | O_CREAT, 0644));
    FAILS(EFAULT, open((const char *)8, O_RDONLY));
}

CASE(open, noatime_is_for_the_owner) {
    make_owned("f", 0644, ALICE, ALICE);
    as(BOB, BOB);
    FAILS(EPERM, open("f", O_RDONLY | O_NOATIME));
    as(ALICE, ALICE);
    OK(open("f", O_RDONLY | O_NOATIME));
}

CASE(open, a_running_program_cannot_be_written) {
    static char buffer[65536];
    int from = OK(open("/proc/self/exe", O_RDONLY)), to = OK(open("program", O_WRONLY | O_CREAT, 0755));
    for (ssize_t got; (got = OK(read(from, buffer, sizeof buffer))) > 0;)
        EQ(got, OK(write(to, buffer, got)));
    OK(close(to));
    /* The exec that succeeds closes the pipe. */
    int ends[2];
    OK(pipe2(ends, O_CLOEXEC));
    pid_t child = OK(fork());
    if (child == 0) {
        execl("./program", "program", "--wait", NULL);
        failed(__FILE__, __LINE__, "exec: %s", error_name(errno));
    }
    OK(close(ends[1]));
    EQ(0, OK(read(ends[0], buffer, 1)));
    FAILS(ETXTBSY, open("program", O_WRONLY));
    FAILS(ETXTBSY, truncate("program", 0));
    kill(child, SIGKILL);
    OK(waitpid(child, NULL, 0));
    OK(open("program", O_WRONLY));
}

CASE(open, a_writer_keeps_a_program_from_running) {
    put("program", "#!/bin/sh\nexit 0\n");
    OK(chmod("program", 0755));
    OK(open("program", O_WRONLY));
    FAILS(ETXTBSY, execl("./program", "program", NULL));
}

CASE(open, many_at_once) {
    put("f", "text");
    char c;
    for (int i = 0; i < 500; i++)
        EQ(1, OK(pread(OK(open("f", O_RDONLY)), &c, 1, i % 4)));
}
