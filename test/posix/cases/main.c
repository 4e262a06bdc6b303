/* Runs the cases: posix DIRECTORY [AREA[/CASE]...], or posix --list (--wait and --ids are for cases). One line a case, then a summary; ends with 1 when one failed. */
#include "posix.h"
#include <ftw.h>

/* A case that hangs is a failure. Emulated machines are slow. */
enum { LIMIT = 60 };

static struct test_case *first, **last = &first;

void add_case(struct test_case *added) {
    *last = added;
    last = &added->next;
}

static bool wanted(const struct test_case *one, int count, char **names) {
    char full[256];
    snprintf(full, sizeof full, "%s/%s", one->area, one->name);
    for (int i = 0; i < count; i++)
        if (!strcmp(names[i], one->area) || !strcmp(names[i], full))
            return true;
    return count == 0;
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *where) {
    (void)s, (void)where;
    return type == FTW_DP ? rmdir(path) : unlink(path);
}

/* The child's failure comes through the pipe that is its standard error. */
static bool run(struct test_case *one, const char *directory) {
    char folder[PATH_MAX], text[4096];
    size_t length = 0;
    int pipes[2], status;
    snprintf(folder, sizeof folder, "%s/%s-%s", directory, one->area, one->name);
    if (mkdir(folder, 0755) || pipe(pipes)) {
        printf("not ok %s/%s - its folder cannot be made: %s\n", one->area, one->name, strerror(errno));
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        dup2(pipes[1], 2);
        close(pipes[0]);
        close(pipes[1]);
        umask(022);
        alarm(LIMIT);
        if (chdir(folder)) {
            fprintf(stderr, "its folder cannot be entered: %s", error_name(errno));
            _exit(1);
        }
        one->run();
        _exit(0);
    }
    close(pipes[1]);
    for (ssize_t got; length < sizeof text - 1 && (got = read(pipes[0], text + length, sizeof text - 1 - length)) > 0;)
        length += got;
    text[length] = 0;
    close(pipes[0]);
    waitpid(pid, &status, 0);
    kill(-pid, SIGKILL);
    if (nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) && errno != ENAMETOOLONG)
        length += snprintf(text + length, sizeof text - length, "%sits folder cannot be removed: %s", length ? "; " : "", strerror(errno));
    bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0 && length == 0;
    printf("%s %s/%s", good ? "ok" : "not ok", one->area, one->name);
    if (!good && length > 0)
        printf(" - %s", text);
    if (WIFSIGNALED(status))
        printf(" - %s", WTERMSIG(status) == SIGALRM ? "not done in time" : strsignal(WTERMSIG(status)));
    printf("\n");
    fflush(stdout);
    return good;
}

int main(int count, char **words) {
    int passed = 0, bad = 0;
    if (count == 2 && !strcmp(words[1], "--list")) {
        for (struct test_case *one = first; one; one = one->next)
            printf("%s/%s\n", one->area, one->name);
        return 0;
    }
    /* What cases execute: a program that runs until it is killed, and one that looks at its ids. */
    if (count == 2 && !strcmp(words[1], "--wait")) {
        pause();
        return 0;
    }
    if (count == 2 && !strcmp(words[1], "--ids"))
        return !(geteuid() == BOB && getegid() == CLUB && getuid() == ALICE && getgid() == ALICE);
    if (count < 2 || geteuid() != 0) {
        fprintf(stderr, "usage, as root: %s DIRECTORY [AREA[/CASE]...], or --list\n", words[0]);
        return 2;
    }
    for (struct test_case *one = first; one; one = one->next)
        if (wanted(one, count - 2, words + 2))
            *(run(one, words[1]) ? &passed : &bad) += 1;
    printf("%d passed, %d failed\n", passed, bad);
    return bad != 0;
}
