/*
 * Copies the packets of one database into a new one as fast as the C library can: the peer of the recorder in
 * script/bench.
 *
 *   sqlite-load SOURCE TARGET ROWS
 *
 * The new database has the table and the indexes of the old one, its page size and its auto_vacuum, and what the recorder
 * sets when it opens a database (LeaseStore.swift). ROWS rows are one transaction. Prints as JSON how many rows there were,
 * and how long the transactions took; the time in which the rows are read does not count.
 */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COLUMNS                                                                                                        \
    "captured_at, interface, direction, verdict, message_type, transaction_id, client_mac, client_identifier, "        \
    "client_address, your_address, relay_address, server_identifier, requested_address, lease_seconds, host_name, frame"
enum { COLUMN_COUNT = 16 };

static void fail(sqlite3 *database, const char *what)
{
    fprintf(stderr, "sqlite-load: %s: %s\n", what, sqlite3_errmsg(database));
    exit(69);
}

static void execute(sqlite3 *database, const char *sql)
{
    if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail(database, sql);
}

static sqlite3_stmt *prepare(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
        fail(database, sql);
    return statement;
}

static sqlite3 *open_database(const char *path, int flags)
{
    sqlite3 *database;
    if (sqlite3_open_v2(path, &database, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        fail(database, path);
    return database;
}

static void copy_setting(sqlite3 *source, sqlite3 *target, const char *name)
{
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA %s", name);
    sqlite3_stmt *statement = prepare(source, sql);
    if (sqlite3_step(statement) != SQLITE_ROW)
        fail(source, name);
    snprintf(sql, sizeof sql, "PRAGMA %s = %d", name, sqlite3_column_int(statement, 0));
    sqlite3_finalize(statement);
    execute(target, sql);
}

static void copy_schema(sqlite3 *source, sqlite3 *target)
{
    copy_setting(source, target, "page_size");
    copy_setting(source, target, "auto_vacuum");
    execute(target, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4096;"
                    "PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -8192");
    sqlite3_stmt *statement =
        prepare(source, "SELECT sql FROM sqlite_schema WHERE tbl_name = 'packets' AND sql NOT NULL ORDER BY rowid");
    while (sqlite3_step(statement) == SQLITE_ROW)
        execute(target, (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
}

/* Reads up to `limit` rows into `values`, and says how many there were. */
static size_t read_rows(sqlite3_stmt *selection, sqlite3_value **values, size_t limit)
{
    size_t rows = 0;
    while (rows < limit && sqlite3_step(selection) == SQLITE_ROW) {
        for (int column = 0; column < COLUMN_COUNT; column++)
            values[rows * COLUMN_COUNT + column] = sqlite3_value_dup(sqlite3_column_value(selection, column));
        rows++;
    }
    return rows;
}

static void bind(sqlite3_stmt *insertion, int place, sqlite3_value *value)
{
    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
        sqlite3_bind_int64(insertion, place, sqlite3_value_int64(value));
        break;
    case SQLITE_TEXT:
        sqlite3_bind_text(
            insertion, place, (const char *)sqlite3_value_text(value), sqlite3_value_bytes(value), SQLITE_STATIC);
        break;
    case SQLITE_BLOB:
        sqlite3_bind_blob(insertion, place, sqlite3_value_blob(value), sqlite3_value_bytes(value), SQLITE_STATIC);
        break;
    default:
        sqlite3_bind_null(insertion, place);
    }
}

static void store_rows(sqlite3 *target, sqlite3_stmt *insertion, sqlite3_value **values, size_t rows)
{
    execute(target, "BEGIN IMMEDIATE");
    for (size_t row = 0; row < rows; row++) {
        for (int column = 0; column < COLUMN_COUNT; column++)
            bind(insertion, column + 1, values[row * COLUMN_COUNT + column]);
        if (sqlite3_step(insertion) != SQLITE_DONE)
            fail(target, "cannot insert");
        sqlite3_reset(insertion);
    }
    execute(target, "COMMIT");
}

static int64_t microseconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

int main(int count, char **words)
{
    size_t limit = count == 4 ? strtoul(words[3], NULL, 10) : 0;
    if (limit == 0) {
        fprintf(stderr, "usage: sqlite-load SOURCE TARGET ROWS\n");
        return 64;
    }
    sqlite3 *source = open_database(words[1], SQLITE_OPEN_READONLY);
    sqlite3 *target = open_database(words[2], SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    copy_schema(source, target);
    sqlite3_stmt *selection = prepare(source, "SELECT " COLUMNS " FROM packets ORDER BY id");
    sqlite3_stmt *insertion = prepare(
        target, "INSERT INTO packets (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    sqlite3_value **values = calloc(limit * COLUMN_COUNT, sizeof *values);
    int64_t elapsed = 0, used = 0, stored = 0;
    size_t rows;
    do {
        rows = read_rows(selection, values, limit);
        int64_t began = microseconds(CLOCK_MONOTONIC), began_using = microseconds(CLOCK_PROCESS_CPUTIME_ID);
        store_rows(target, insertion, values, rows);
        elapsed += microseconds(CLOCK_MONOTONIC) - began;
        used += microseconds(CLOCK_PROCESS_CPUTIME_ID) - began_using;
        for (size_t value = 0; value < rows * COLUMN_COUNT; value++)
            sqlite3_value_free(values[value]);
        stored += rows;
    } while (rows == limit); // Behind the last row a statement would begin anew.
    printf("{\"rows\": %" PRId64 ", \"elapsed_us\": %" PRId64 ", \"processor_us\": %" PRId64 "}\n", stored, elapsed, used);
    sqlite3_finalize(selection);
    sqlite3_finalize(insertion);
    sqlite3_close(source);
    sqlite3_close(target);
    return 0;
}
