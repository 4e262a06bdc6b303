// pairs write FOLDER LOCKING NAME SECONDS: one of this writer's pairs, its number and the number of all, in a transaction, again and again;
//                                          says the writer's number after its commit.
// pairs read FOLDER LOCKING SECONDS:       looks again and again: pairs and numbers agree, and are never less than before.
// pairs hold FOLDER LOCKING:               begins to write, says "held", and stays there.
// pairs check FOLDER LOCKING:              the same once; says "NAME NUMBER" for each writer.
// LOCKING: own (LMDB's robust mutexes in its mapped lock file: futexes), fcntl (MDB_NOLOCK; writers lock the file "guard" for themselves,
// readers share it), fcntl-map (the same, and writers store into the map: MDB_WRITEMAP).
#include "shared.h"
#include <lmdb.h>

enum { PAIRS = 500 };

static MDB_env *env;
static MDB_dbi dbi;
static int guard = -1;

static void check_code(int code, const char *what) {
    if (code != 0)
        fail("%s: %s", what, mdb_strerror(code));
}

static void lock(int type) {
    struct flock whole = { .l_type = type, .l_whence = SEEK_SET };
    must(guard < 0 || fcntl(guard, F_SETLKW, &whole) == 0, "fcntl");
}

static MDB_txn *begin(int flags) {
    MDB_txn *txn;
    lock(flags == MDB_RDONLY ? F_RDLCK : F_WRLCK);
    check_code(mdb_txn_begin(env, NULL, flags, &txn), "begin");
    return txn;
}

static uint64_t number(MDB_txn *txn, const char *name) {
    MDB_val key = { strlen(name), (void *)name }, value;
    int code = mdb_get(txn, dbi, &key, &value);
    if (code == MDB_NOTFOUND)
        return 0;
    check_code(code, "get");
    uint64_t result;
    memcpy(&result, value.mv_data, sizeof result);
    return result;
}

static void put(MDB_txn *txn, const char *name, const void *data, size_t size) {
    MDB_val key = { strlen(name), (void *)name }, value = { size, (void *)data };
    check_code(mdb_put(txn, dbi, &key, &value, 0), "put");
}

static uint64_t write_pair(MDB_txn *txn, const char *name) {
    char key[64];
    uint64_t all = number(txn, "all") + 1, own = number(txn, name) + 1, content[25];
    for (int i = 0; i < 25; i++)
        content[i] = own;
    snprintf(key, sizeof key, "%s/%llu", name, (unsigned long long)(own % PAIRS));
    put(txn, key, content, sizeof content);
    put(txn, name, &own, sizeof own);
    put(txn, "all", &all, sizeof all);
    return own;
}

static void check_pairs(MDB_txn *txn, const char *name, uint64_t own) {
    for (uint64_t n = own > PAIRS ? own - PAIRS + 1 : 1; n <= own; n++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%llu", name, (unsigned long long)(n % PAIRS));
        uint64_t found = number(txn, path);
        if (found != n)
            fail("%s is %llu, not %llu", path, (unsigned long long)found, (unsigned long long)n);
    }
}

static uint64_t look(int print) {
    MDB_txn *txn = begin(MDB_RDONLY);
    MDB_cursor *cursor;
    MDB_val key, value;
    uint64_t sum = 0, all = number(txn, "all");
    check_code(mdb_cursor_open(txn, dbi, &cursor), "cursor");
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)key.mv_size, (char *)key.mv_data);
        if (strchr(name, '/') != NULL || strcmp(name, "all") == 0)
            continue;
        uint64_t own = number(txn, name);
        check_pairs(txn, name, own);
        sum += own;
        if (print)
            say("%s %llu", name, (unsigned long long)own);
    }
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    lock(F_UNLCK);
    if (sum != all)
        fail("the writers wrote %llu, but the number of all is %llu", (unsigned long long)sum, (unsigned long long)all);
    return all;
}

static void open_all(const char *folder, const char *locking) {
    char path[4096];
    unsigned flags = MDB_NOSYNC;
    if (strcmp(locking, "own") != 0) {
        snprintf(path, sizeof path, "%s/guard", folder);
        guard = open(path, O_RDWR | O_CREAT, 0666);
        must(guard >= 0, path);
        flags |= MDB_NOLOCK | (strcmp(locking, "fcntl-map") == 0 ? MDB_WRITEMAP : 0);
    }
    check_code(mdb_env_create(&env), "create");
    // Writers who do not wait for readers leave many old pages; a map that is stored into is as long as the file.
    check_code(mdb_env_set_mapsize(env, guard < 0 ? 1 << 30 : 16 << 20), "mapsize");
    // The first one writes the file's first pages.
    lock(F_WRLCK);
    check_code(mdb_env_open(env, folder, flags, 0666), "open");
    // A file that others map gets its whole length first: whoever maps it elsewhere does not hear that it grew.
    mdb_filehandle_t file;
    check_code(mdb_env_get_fd(env, &file), "fd");
    must(guard < 0 || ftruncate(file, 16 << 20) == 0, "ftruncate");
    lock(F_UNLCK);
    MDB_txn *txn = begin(0);
    check_code(mdb_dbi_open(txn, NULL, 0, &dbi), "dbi");
    check_code(mdb_txn_commit(txn), "commit");
    lock(F_UNLCK);
}

int main(int argc, char **argv) {
    if (argc < 4)
        fail("usage: pairs write FOLDER LOCKING NAME SECONDS | read FOLDER LOCKING SECONDS | hold FOLDER LOCKING | check FOLDER LOCKING");
    open_all(argv[2], argv[3]);
    if (argc == 6 && strcmp(argv[1], "write") == 0) {
        for (time_t end = now() + atoi(argv[5]); now() < end;) {
            MDB_txn *txn = begin(0);
            uint64_t own = write_pair(txn, argv[4]);
            check_code(mdb_txn_commit(txn), "commit");
            lock(F_UNLCK);
            say("%llu", (unsigned long long)own);
        }
    } else if (argc == 5 && strcmp(argv[1], "read") == 0) {
        uint64_t before = 0, reads = 0;
        for (time_t end = now() + atoi(argv[4]); now() < end; reads++) {
            uint64_t all = look(0);
            if (all < before)
                fail("%llu pairs, and there were %llu", (unsigned long long)all, (unsigned long long)before);
            before = all;
        }
        say("%llu", (unsigned long long)reads);
    } else if (argc == 4 && strcmp(argv[1], "hold") == 0) {
        MDB_txn *txn = begin(0);
        write_pair(txn, "lost");
        say("held");
        pause();
    } else if (argc == 4 && strcmp(argv[1], "check") == 0) {
        look(1);
    } else {
        fail("usage");
    }
    return 0;
}
