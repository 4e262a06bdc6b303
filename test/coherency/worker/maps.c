#include "worker.h"
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

static sigjmp_buf past_the_end;

static void fault(int number) {
    (void)number;
    siglongjmp(past_the_end, 1);
}

/* A load is of any unit; a store of the first one, which is in the file or not, whatever its size. EFAULT says that there was a SIGBUS. */
void load_or_store(struct worker *worker, struct record *record, int fd, bool store) {
    struct sigaction action = {.sa_handler = fault};
    sigaction(SIGBUS, &action, NULL);
    record->argument = store ? 0 : rnd(worker, MAX_UNITS);
    record->argument2 = 1;
    record->stamp = worker->stamp;
    volatile int result = 8;
    begin(worker, record);
    _Atomic uint64_t *units = mmap(NULL, PAGE, store ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
    if (units == MAP_FAILED) {
        end(worker, record, -1);
        return;
    }
    if (sigsetjmp(past_the_end, 1)) {
        errno = EFAULT;
        result = -1;
    } else if (store) {
        atomic_store(&units[0], record->stamp);
        worker->stamp++;
    } else {
        record->units[0] = atomic_load(&units[record->argument]);
        record->count = 1;
    }
    end(worker, record, result);
    munmap((void *)units, PAGE);
}
