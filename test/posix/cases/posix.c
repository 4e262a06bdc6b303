/* What every case uses: posix.h. */
#include "posix.h"
#include <grp.h>
#include <stdarg.h>

static int to_child[2], to_parent[2];

const char *error_name(int error) {
    const char *name = strerrorname_np(error);
    return name ? name : "no error";
}

void failed(const char *file, int line, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const char *slash = strrchr(file, '/');
    dprintf(2, "%s (%s:%d)", text, slash ? slash + 1 : file, line);
    _exit(1);
}

void root(void) {
    OK(setresuid(-1, 0, -1));
    OK(setresgid(-1, 0, -1));
    OK(setgroups(0, NULL));
}

void user(uid_t uid, gid_t gid, ...) {
    gid_t groups[8];
    size_t count = 0;
    va_list list;
    va_start(list, gid);
    for (gid_t group; count < 8 && (group = va_arg(list, int)) != 0;)
        groups[count++] = group;
    va_end(list);
    root();
    OK(setgroups(count, groups));
    OK(setresgid(-1, gid, -1));
    OK(setresuid(-1, uid, -1));
}

void put(const char *path, const char *text) {
    int fd = OK(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
    EQ(strlen(text), OK(write(fd, text, strlen(text))));
    OK(close(fd));
}

void has_text(const char *path, const char *text) {
    char found[4096];
    int fd = OK(open(path, O_RDONLY));
    ssize_t length = OK(read(fd, found, sizeof found - 1));
    found[length] = 0;
    if (strcmp(found, text))
        failed(__FILE__, __LINE__, "%s: expected \"%s\", found \"%s\"", path, text, found);
    OK(close(fd));
}

struct stat stat_of(const char *path) {
    struct stat s;
    if (lstat(path, &s))
        failed(__FILE__, __LINE__, "lstat(%s): %s", path, error_name(errno));
    return s;
}

struct stat stat_of_fd(int fd) {
    struct stat s;
    OK(fstat(fd, &s));
    return s;
}

void make_owned(const char *path, mode_t mode, uid_t uid, gid_t gid) {
    put(path, "text");
    OK(chown(path, uid, gid));
    OK(chmod(path, mode));
}

void make_folder(const char *path, mode_t mode, uid_t uid, gid_t gid) {
    OK(mkdir(path, 0700));
    OK(chown(path, uid, gid));
    OK(chmod(path, mode));
}

int entries(const char *folder) {
    int count = 0;
    DIR *d = opendir(folder);
    CHECK(d != NULL);
    for (struct dirent *e; (e = readdir(d));)
        count += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
    closedir(d);
    return count;
}

bool exists(const char *path) {
    struct stat s;
    return lstat(path, &s) == 0;
}

void tick(void) {
    /* Times of files move in steps of the kernel's timer: 10 ms at most. */
    struct timespec wait = {0, 20000000};
    nanosleep(&wait, NULL);
}

bool later(struct timespec a, struct timespec b) { return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec); }

bool same(struct timespec a, struct timespec b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

bool in_child(void) { return OK(fork()) == 0; }

void done(void) { _exit(0); }

void child_ok(void) {
    int status;
    OK(wait(&status));
    /* The child has said why. */
    if (!WIFEXITED(status) || WEXITSTATUS(status))
        _exit(1);
}

void pair_open(void) {
    OK(pipe(to_child));
    OK(pipe(to_parent));
}

static void tell(int fd) { OK(write(fd, "x", 1)); }

static void wait_for(int fd) {
    char c;
    EQ(1, read(fd, &c, 1));
}

void tell_parent(void) { tell(to_parent[1]); }
void tell_child(void) { tell(to_child[1]); }
void wait_parent(void) { wait_for(to_child[0]); }
void wait_child(void) { wait_for(to_parent[0]); }
