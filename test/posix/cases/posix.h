/* What the cases are written with. A case is a function that runs as root in a process and an empty folder of its own; the first check that
 * fails ends it. Checks say what they expected, what they found, and where they stand. */
#pragma once
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

struct test_case {
    const char *area, *name;
    void (*run)(void);
    struct test_case *next;
};
void add_case(struct test_case *added);

/* CASE(rename, over_an_empty_folder) { ... } */
#define CASE(area_, name_)                                                                                                     \
    static void area_##__##name_(void);                                                                                       \
    __attribute__((constructor)) static void add_##area_##__##name_(void) {                                                   \
        static struct test_case entry = {#area_, #name_, area_##__##name_, NULL};                                             \
        add_case(&entry);                                                                                                     \
    }                                                                                                                         \
    static void area_##__##name_(void)

/* Ends the case (and, in a child of it, that child). */
__attribute__((noreturn, format(printf, 3, 4))) void failed(const char *file, int line, const char *format, ...);
const char *error_name(int error);

/* The call succeeds; gives what it returned. */
#define OK(call)                                                                                                              \
    ({                                                                                                                        \
        errno = 0;                                                                                                            \
        long long result_ = (long long)(call);                                                                                \
        if (result_ == -1)                                                                                                    \
            failed(__FILE__, __LINE__, "%s: expected success, found %s", #call, error_name(errno));                           \
        result_;                                                                                                              \
    })
/* The call fails with this errno. */
#define FAILS(error, call)                                                                                                    \
    do {                                                                                                                      \
        errno = 0;                                                                                                            \
        long long result_ = (long long)(call);                                                                                \
        int found_ = errno;                                                                                                   \
        if (result_ != -1)                                                                                                    \
            failed(__FILE__, __LINE__, "%s: expected %s, found success (%lld)", #call, error_name(error), result_);           \
        if (found_ != (error))                                                                                                \
            failed(__FILE__, __LINE__, "%s: expected %s, found %s", #call, error_name(error), error_name(found_));            \
    } while (0)
#define EQ(expected, found)                                                                                                   \
    do {                                                                                                                      \
        long long expected_ = (long long)(expected), found_ = (long long)(found);                                             \
        if (expected_ != found_)                                                                                              \
            failed(__FILE__, __LINE__, "%s: expected %lld (0%llo), found %lld (0%llo)", #found, expected_, expected_, found_, \
                   found_);                                                                                                   \
    } while (0)
#define CHECK(condition)                                                                                                      \
    do {                                                                                                                      \
        if (!(condition))                                                                                                     \
            failed(__FILE__, __LINE__, "expected: %s", #condition);                                                           \
    } while (0)

/* Users without rights, and groups that they may be in. */
enum { ALICE = 65101, BOB = 65102, TEAM = 65201, CLUB = 65202 };

/* Effective ids; the real ones stay root's, so that root() can go back. Groups after gid, ended by 0. */
void user(uid_t uid, gid_t gid, ...);
#define as(uid, gid, ...) user(uid, gid, ##__VA_ARGS__, 0)
void root(void);

/* Makes a file, mode 0644, with this text. */
void put(const char *path, const char *text);
/* The file has this text and no more. */
void has_text(const char *path, const char *text);
struct stat stat_of(const char *path);
struct stat stat_of_fd(int fd);
#define MODE(path) (stat_of(path).st_mode & 07777)
void make_owned(const char *path, mode_t mode, uid_t uid, gid_t gid);
void make_folder(const char *path, mode_t mode, uid_t uid, gid_t gid);
int entries(const char *folder);
bool exists(const char *path);

/* Lets the file system's clock move on. */
void tick(void);
bool later(struct timespec a, struct timespec b);
bool same(struct timespec a, struct timespec b);

/* Runs what follows in a child: if (in_child()) { ...; done(); } child_ok(); */
bool in_child(void);
__attribute__((noreturn)) void done(void);
void child_ok(void);
/* Two processes that wait for one another: signal_other and wait_other, between a child and its parent. */
void pair_open(void);
void tell_parent(void);
void tell_child(void);
void wait_parent(void);
void wait_child(void);
