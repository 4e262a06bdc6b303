/* flock(2), fcntl(2) locks of processes and of open files: exclusion between processes, waiting, and when they end. */
#include "posix.h"

static struct flock range(short type, off_t start, off_t length) {
    return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
}

static int lock(int fd, int command, short type, off_t start, off_t length) {
    struct flock l = range(type, start, length);
    return fcntl(fd, command, &l);
}

static int open_f(void) { return OK(open("f", O_RDWR | O_CREAT, 0644)); }

/* In a child: it takes the lock, tells, and keeps it until it is told. */
#define HOLDER(take)                                                                                                          \
    pair_open();                                                                                                              \
    if (in_child()) {                                                                                                         \
        OK(take);                                                                                                             \
        tell_parent();                                                                                                        \
        wait_parent();                                                                                                        \
        done();                                                                                                               \
    }                                                                                                                         \
    wait_child()

CASE(flock, excludes_between_processes) {
    HOLDER(flock(open_f(), LOCK_EX));
    int fd = open_f();
    FAILS(EWOULDBLOCK, flock(fd, LOCK_EX | LOCK_NB));
    FAILS(EWOULDBLOCK, flock(fd, LOCK_SH | LOCK_NB));
    tell_child();
    child_ok();
    OK(flock(fd, LOCK_EX | LOCK_NB));
}

CASE(flock, shared_ones_go_together) {
    HOLDER(flock(open_f(), LOCK_SH));
    int fd = open_f();
    OK(flock(fd, LOCK_SH | LOCK_NB));
    FAILS(EWOULDBLOCK, flock(fd, LOCK_EX | LOCK_NB));
    tell_child();
    child_ok();
    OK(flock(fd, LOCK_EX | LOCK_NB));
}

CASE(flock, belongs_to_the_open_file) {
    int a = open_f(), b = open_f(), copy = OK(dup(a));
    OK(flock(a, LOCK_EX));
    FAILS(EWOULDBLOCK, flock(b, LOCK_EX | LOCK_NB));
    OK(flock(copy, LOCK_EX | LOCK_NB));
    OK(close(a));
    FAILS(EWOULDBLOCK, flock(b, LOCK_EX | LOCK_NB));
    OK(close(copy));
    OK(flock(b, LOCK_EX | LOCK_NB));
    OK(flock(b, LOCK_UN));
    OK(flock(open_f(), LOCK_EX | LOCK_NB));
}

CASE(flock, waits_until_it_is_free) {
    HOLDER(flock(open_f(), LOCK_EX));
    if (in_child()) {
        /* The one who waits. */
        OK(flock(open_f(), LOCK_EX));
        tell_parent();
        done();
    }
    tick();
    int fd = open_f();
    FAILS(EWOULDBLOCK, flock(fd, LOCK_EX | LOCK_NB));
    tell_child();
    wait_child();
    child_ok();
    child_ok();
    OK(flock(fd, LOCK_EX | LOCK_NB));
}

CASE(flock, ends_with_a_killed_process) {
    pair_open();
    pid_t child = OK(fork());
    if (child == 0) {
        OK(flock(open_f(), LOCK_EX));
        tell_parent();
        pause();
    }
    wait_child();
    int fd = open_f();
    FAILS(EWOULDBLOCK, flock(fd, LOCK_EX | LOCK_NB));
    OK(kill(child, SIGKILL));
    OK(waitpid(child, NULL, 0));
    OK(flock(fd, LOCK_EX));
}

CASE(flock, converts) {
    int a = open_f(), b = open_f();
    OK(flock(a, LOCK_EX));
    OK(flock(a, LOCK_SH));
    OK(flock(b, LOCK_SH | LOCK_NB));
    FAILS(EWOULDBLOCK, flock(a, LOCK_EX | LOCK_NB));
}

CASE(flock, errors) {
    int fd = open_f();
    FAILS(EINVAL, flock(fd, 0x40));
    FAILS(EBADF, flock(OK(open("f", O_PATH)), LOCK_SH));
    OK(close(fd));
    FAILS(EBADF, flock(fd, LOCK_SH));
}

CASE(fcntl_lock, excludes_between_processes) {
    HOLDER(lock(open_f(), F_SETLK, F_WRLCK, 10, 10));
    int fd = open_f();
    FAILS(EAGAIN, lock(fd, F_SETLK, F_WRLCK, 0, 0));
    FAILS(EAGAIN, lock(fd, F_SETLK, F_RDLCK, 19, 1));
    OK(lock(fd, F_SETLK, F_WRLCK, 0, 10));
    OK(lock(fd, F_SETLK, F_WRLCK, 20, 0));
    tell_child();
    child_ok();
    OK(lock(fd, F_SETLK, F_WRLCK, 0, 0));
}

CASE(fcntl_lock, can_be_asked_for) {
    HOLDER(lock(open_f(), F_SETLK, F_WRLCK, 10, 10));
    struct flock l = range(F_RDLCK, 0, 0);
    OK(fcntl(open_f(), F_GETLK, &l));
    EQ(F_WRLCK, l.l_type);
    EQ(10, l.l_start);
    EQ(10, l.l_len);
    CHECK(l.l_pid > 0);
    l = range(F_WRLCK, 0, 10);
    OK(fcntl(open_f(), F_GETLK, &l));
    EQ(F_UNLCK, l.l_type);
    tell_child();
    child_ok();
}

CASE(fcntl_lock, readers_go_together) {
    HOLDER(lock(open_f(), F_SETLK, F_RDLCK, 0, 0));
    int fd = open_f();
    OK(lock(fd, F_SETLK, F_RDLCK, 0, 0));
    FAILS(EAGAIN, lock(fd, F_SETLK, F_WRLCK, 0, 0));
    tell_child();
    child_ok();
}

CASE(fcntl_lock, any_close_ends_those_of_the_process) {
    int fd = open_f();
    OK(lock(fd, F_SETLK, F_WRLCK, 0, 0));
    OK(close(open_f()));
    if (in_child()) {
        OK(lock(open_f(), F_SETLK, F_WRLCK, 0, 0));
        done();
    }
    child_ok();
}

CASE(fcntl_lock, is_not_inherited_and_ends_with_the_process) {
    int fd = open_f();
    OK(lock(fd, F_SETLK, F_WRLCK, 0, 0));
    if (in_child()) {
        FAILS(EAGAIN, lock(fd, F_SETLK, F_WRLCK, 0, 0));
        done();
    }
    child_ok();
    OK(lock(fd, F_SETLK, F_UNLCK, 0, 0));
    if (in_child()) {
        OK(lock(fd, F_SETLK, F_WRLCK, 0, 0));
        done();
    }
    child_ok();
    OK(lock(fd, F_SETLK, F_WRLCK, 0, 0));
}

CASE(fcntl_lock, waits_until_it_is_free) {
    HOLDER(lock(open_f(), F_SETLK, F_WRLCK, 0, 100));
    if (in_child()) {
        OK(lock(open_f(), F_SETLKW, F_WRLCK, 50, 100));
        tell_parent();
        done();
    }
    tick();
    tell_child();
    wait_child();
    child_ok();
    child_ok();
}

CASE(fcntl_lock, splits_and_joins) {
    pair_open();
    int fd = open_f();
    OK(lock(fd, F_SETLK, F_WRLCK, 0, 100));
    OK(lock(fd, F_SETLK, F_UNLCK, 40, 20));
    if (in_child()) {
        int mine = open_f();
        OK(lock(mine, F_SETLK, F_WRLCK, 40, 20));
        FAILS(EAGAIN, lock(mine, F_SETLK, F_WRLCK, 39, 1));
        FAILS(EAGAIN, lock(mine, F_SETLK, F_WRLCK, 60, 1));
        struct flock l = range(F_WRLCK, 50, 0);
        OK(fcntl(mine, F_GETLK, &l));
        EQ(60, l.l_start);
        EQ(40, l.l_len);
        done();
    }
    child_ok();
    OK(lock(fd, F_SETLK, F_RDLCK, 0, 10));
    if (in_child()) {
        int mine = open_f();
        OK(lock(mine, F_SETLK, F_RDLCK, 0, 10));
        FAILS(EAGAIN, lock(mine, F_SETLK, F_RDLCK, 0, 11));
        done();
    }
    child_ok();
}

CASE(fcntl_lock, needs_the_access_mode) {
    put("f", "");
    FAILS(EBADF, lock(OK(open("f", O_RDONLY)), F_SETLK, F_WRLCK, 0, 0));
    FAILS(EBADF, lock(OK(open("f", O_WRONLY)), F_SETLK, F_RDLCK, 0, 0));
    OK(lock(OK(open("f", O_RDONLY)), F_SETLK, F_RDLCK, 0, 0));
}

CASE(fcntl_lock, errors_and_edges) {
    int fd = open_f();
    FAILS(EINVAL, lock(fd, F_SETLK, F_WRLCK, -1, 1));
    FAILS(EINVAL, lock(fd, F_SETLK, 77, 0, 1));
    OK(lock(fd, F_SETLK, F_WRLCK, LLONG_MAX, 1));
    FAILS(EOVERFLOW, lock(fd, F_SETLK, F_WRLCK, LLONG_MAX, 2));
    OK(lock(fd, F_SETLK, F_WRLCK, 10, -5));
    if (in_child()) {
        OK(lock(open_f(), F_SETLK, F_WRLCK, 0, 5));
        FAILS(EAGAIN, lock(open_f(), F_SETLK, F_WRLCK, 0, 6));
        done();
    }
    child_ok();
}

CASE(open_file_lock, belongs_to_the_open_file) {
    int a = open_f(), b = open_f();
    OK(lock(a, F_OFD_SETLK, F_WRLCK, 0, 10));
    FAILS(EAGAIN, lock(b, F_OFD_SETLK, F_WRLCK, 5, 1));
    OK(close(open_f()));
    FAILS(EAGAIN, lock(b, F_OFD_SETLK, F_WRLCK, 5, 1));
    if (in_child()) {
        OK(lock(a, F_OFD_SETLK, F_WRLCK, 0, 10));
        done();
    }
    child_ok();
    FAILS(EAGAIN, lock(b, F_OFD_SETLK, F_WRLCK, 5, 1));
    OK(close(a));
    OK(lock(b, F_OFD_SETLK, F_WRLCK, 5, 1));
}

CASE(open_file_lock, excludes_those_of_processes) {
    int a = open_f(), b = open_f();
    OK(lock(a, F_OFD_SETLK, F_WRLCK, 0, 10));
    FAILS(EAGAIN, lock(b, F_SETLK, F_WRLCK, 0, 10));
    struct flock l = range(F_WRLCK, 0, 0);
    OK(fcntl(b, F_OFD_GETLK, &l));
    EQ(F_WRLCK, l.l_type);
    EQ(0, l.l_start);
    EQ(10, l.l_len);
}

CASE(open_file_lock, waits_until_it_is_free) {
    HOLDER(lock(open_f(), F_OFD_SETLK, F_WRLCK, 0, 0));
    if (in_child()) {
        OK(lock(open_f(), F_OFD_SETLKW, F_WRLCK, 0, 1));
        tell_parent();
        done();
    }
    tick();
    tell_child();
    wait_child();
    child_ok();
    child_ok();
}
