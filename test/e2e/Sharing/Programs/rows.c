// rows write DB NAME SECONDS: a row of this writer and its count, in a transaction, again and again; says the row's number after its commit.
// rows read DB SECONDS:       looks at all writers again and again: rows without a gap, as many as are counted, and never less than before.
// rows check DB:              SQLite's integrity_check; says "NAME ROWS" for each writer.
// The database is in WAL mode: its -shm file is mapped by all, its locks are those of fcntl(2).
#include "shared.h"
#include <sqlite3.h>

static sqlite3 *db;

static void run(const char *sql) {
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail("%s: %s, code %d, errno %d", sql, sqlite3_errmsg(db), sqlite3_extended_errcode(db), sqlite3_system_errno(db));
}

static sqlite3_stmt *prepare(const char *sql, const char *name) {
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        fail("%s: %s", sql, sqlite3_errmsg(db));
    if (name != NULL)
        sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    return statement;
}

static void write_rows(const char *name, int seconds) {
    sqlite3_stmt *insert = prepare("INSERT INTO entry SELECT writer, count + 1, randomblob(200) FROM total WHERE writer = ?", name);
    sqlite3_stmt *update = prepare("UPDATE total SET count = count + 1 WHERE writer = ? RETURNING count", name);
    sqlite3_step(prepare("INSERT OR IGNORE INTO total VALUES (?, 0)", name));
    for (time_t end = now() + seconds; now() < end;) {
        run("BEGIN IMMEDIATE");
        if (sqlite3_step(insert) != SQLITE_DONE || sqlite3_step(update) != SQLITE_ROW)
            fail("write: %s, code %d", sqlite3_errmsg(db), sqlite3_extended_errcode(db));
        long long number = sqlite3_column_int64(update, 0);
        sqlite3_reset(insert);
        sqlite3_reset(update);
        run("COMMIT");
        say("%lld", number);
    }
}

// Returns the number of all rows.
static long long look(int print) {
    sqlite3_stmt *all = prepare(
        "SELECT t.writer, t.count, count(e.number), ifnull(max(e.number), 0) FROM total t LEFT JOIN entry e ON e.writer = t.writer GROUP BY t.writer ORDER BY 1", NULL);
    long long sum = 0;
    int code;
    while ((code = sqlite3_step(all)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(all, 0);
        long long counted = sqlite3_column_int64(all, 1), rows = sqlite3_column_int64(all, 2), last = sqlite3_column_int64(all, 3);
        if (counted != rows || rows != last)
            fail("%s: %lld counted, %lld rows, the last one is %lld", name, counted, rows, last);
        if (print)
            say("%s %lld", name, rows);
        sum += rows;
    }
    if (code != SQLITE_DONE)
        fail("read: %s, code %d", sqlite3_errmsg(db), sqlite3_extended_errcode(db));
    sqlite3_finalize(all);
    return sum;
}

int main(int argc, char **argv) {
    if (argc < 3)
        fail("usage: rows write DB NAME SECONDS | rows read DB SECONDS | rows check DB");
    if (sqlite3_open(argv[2], &db) != SQLITE_OK)
        fail("%s: %s", argv[2], sqlite3_errmsg(db));
    sqlite3_busy_timeout(db, PATIENCE_SECONDS * 1000);
    // What is tested is the sharing; without a sync per transaction there is more of it.
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 100");
    run("CREATE TABLE IF NOT EXISTS total (writer TEXT PRIMARY KEY, count INTEGER) WITHOUT ROWID;"
        "CREATE TABLE IF NOT EXISTS entry (writer TEXT, number INTEGER, content BLOB, PRIMARY KEY (writer, number))");
    if (argc == 5 && strcmp(argv[1], "write") == 0) {
        write_rows(argv[3], atoi(argv[4]));
    } else if (argc == 4 && strcmp(argv[1], "read") == 0) {
        long long before = 0, reads = 0;
        for (time_t end = now() + atoi(argv[3]); now() < end; reads++) {
            long long sum = look(0);
            if (sum < before)
                fail("%lld rows, and there were %lld", sum, before);
            before = sum;
        }
        say("%lld", reads);
    } else if (argc == 3 && strcmp(argv[1], "check") == 0) {
        sqlite3_stmt *check = prepare("PRAGMA integrity_check", NULL);
        if (sqlite3_step(check) != SQLITE_ROW || strcmp((const char *)sqlite3_column_text(check, 0), "ok") != 0)
            fail("integrity_check: %s", sqlite3_column_text(check, 0));
        sqlite3_finalize(check);
        look(1);
    } else {
        fail("usage");
    }
    return 0;
}
