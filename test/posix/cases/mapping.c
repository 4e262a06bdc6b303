/* mmap(2): what processes see of one another's stores, writes and truncations. */
#include "posix.h"
#include <setjmp.h>

static char *map(int fd, int protection, int flags) {
    char *at = mmap(NULL, 8192, protection, flags, fd, 0);
    if (at == MAP_FAILED)
        failed(__FILE__, __LINE__, "mmap: %s", error_name(errno));
    return at;
}

static int file(void) {
    int fd = OK(open("f", O_RDWR | O_CREAT, 0644));
    OK(ftruncate(fd, 8192));
    return fd;
}

CASE(mapping, stores_are_seen_by_other_processes) {
    volatile int *at = (int *)map(file(), PROT_READ | PROT_WRITE, MAP_SHARED);
    pair_open();
    if (in_child()) {
        volatile int *mine = (int *)map(OK(open("f", O_RDWR)), PROT_READ | PROT_WRITE, MAP_SHARED);
        for (int i = 1; i <= 100; i++) {
            wait_parent();
            EQ(i, mine[0]);
            mine[1] = -i;
            tell_parent();
        }
        done();
    }
    for (int i = 1; i <= 100; i++) {
        at[0] = i;
        tell_child();
        wait_child();
        EQ(-i, at[1]);
    }
    child_ok();
}

CASE(mapping, counts_are_exact_between_processes) {
    int fd = file();
    for (int writer = 0; writer < 2; writer++) {
        if (in_child()) {
            int *mine = (int *)map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
            for (int i = 0; i < 100000; i++)
                __atomic_fetch_add(mine, 1, __ATOMIC_SEQ_CST);
            done();
        }
    }
    child_ok();
    child_ok();
    int count;
    EQ(4, OK(pread(fd, &count, 4, 0)));
    EQ(200000, count);
}

CASE(mapping, stores_are_read_and_writes_are_loaded) {
    char c;
    int fd = file();
    char *at = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
    for (int i = 0; i < 50; i++) {
        at[5000] = i;
        EQ(1, OK(pread(fd, &c, 1, 5000)));
        EQ(i, c);
        c = i + 1;
        EQ(1, OK(pwrite(fd, &c, 1, 5001)));
        EQ(i + 1, at[5001]);
    }
}

CASE(mapping, stores_survive_unmapping) {
    char c;
    int fd = file();
    char *at = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
    at[4096] = 'x';
    OK(munmap(at, 8192));
    OK(close(fd));
    EQ(1, OK(pread(OK(open("f", O_RDONLY)), &c, 1, 4096)));
    EQ('x', c);
}

CASE(mapping, private_stores_are_private) {
    char c;
    int fd = file();
    char *at = map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    at[0] = 'x';
    EQ(1, OK(pread(fd, &c, 1, 0)));
    EQ(0, c);
}

CASE(mapping, access_modes_bind) {
    put("f", "text");
    int reader = OK(open("f", O_RDONLY)), writer = OK(open("f", O_WRONLY));
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0) == MAP_FAILED);
    EQ(EACCES, errno);
    CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, writer, 0) == MAP_FAILED);
    EQ(EACCES, errno);
    (void)map(reader, PROT_READ | PROT_WRITE, MAP_PRIVATE);
}

CASE(mapping, bytes_behind_the_end_are_zeros_and_stay_out_of_the_file) {
    put("f", "text");
    int fd = OK(open("f", O_RDWR));
    char *at = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
    EQ(0, at[4]);
    EQ(0, at[4095]);
    at[100] = 'x';
    OK(msync(at, 4096, MS_SYNC));
    EQ(4, stat_of("f").st_size);
    OK(munmap(at, 8192));
    OK(ftruncate(fd, 200));
    char c = 1;
    EQ(1, OK(pread(fd, &c, 1, 100)));
    EQ(0, c);
}

static sigjmp_buf caught;

static void on_bus_error(int signal) {
    (void)signal;
    siglongjmp(caught, 1);
}

CASE(mapping, loads_beyond_a_truncation_are_bus_errors) {
    volatile int errors = 0;
    int fd = file();
    volatile char *at = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
    at[4096] = 'x';
    OK(ftruncate(fd, 4096));
    signal(SIGBUS, on_bus_error);
    if (sigsetjmp(caught, 1) == 0)
        (void)at[4096];
    else
        errors++;
    EQ(1, errors);
    EQ(0, at[4095]);
    OK(ftruncate(fd, 8192));
    EQ(0, at[4096]);
}

CASE(mapping, an_unlinked_file_stays_mapped) {
    int fd = file();
    char *at = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
    OK(unlink("f"));
    OK(close(fd));
    at[0] = 'x';
    OK(msync(at, 8192, MS_SYNC));
    EQ('x', at[0]);
}

CASE(mapping, appended_bytes_can_be_loaded) {
    put("f", "text");
    int fd = OK(open("f", O_RDWR));
    char *at = map(fd, PROT_READ, MAP_SHARED);
    EQ('t', at[0]);
    EQ(1, OK(pwrite(fd, "x", 1, 10)));
    EQ('x', at[10]);
    EQ(1, OK(pwrite(fd, "y", 1, 5000)));
    EQ('y', at[5000]);
}
