"""Makes a database of the recorder with as many rows as are wanted, as a large site would have them after a month.

The month ends when the examples of docs/database.md were made, and has their addresses in it.
"""

import os
import random
import signal
import sqlite3
import subprocess

CLIENTS = 50_000
MONTH = 30 * 86_400 * 1_000_000
# 2026-11-24T14:00:00Z
END = 1_795_528_800 * 1_000_000
LIMIT = 600
FRAME = bytes(300)


def mac(client):
    return f"02:00:5e:{16 + (client >> 16):02x}:{client >> 8 & 255:02x}:{client & 255:02x}"


def address(client):
    return f"192.168.{50 + (client >> 8)}.{client & 255}"


def host_name(client):
    return "laptop" if client == 100 else f"host-{client}"


def run_recorder(binaries, path):
    """Lets a recorder make the database, or bring it up to date, and ends it."""
    directory = os.path.dirname(path)
    command = [f"{binaries}/recorder", "--runtime-directory", directory, "--database", path]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as recorder:
        for line in recorder.stderr:
            if "storing in" in line:
                break
        recorder.send_signal(signal.SIGTERM)
        if recorder.wait(LIMIT) != 0:
            raise SystemExit(f"the recorder ended with status {recorder.returncode}")


def exchanges(count):
    """Packets of clients that come, renew, are denied, are not heard, until there are `count`."""
    chance = random.Random(2131)
    made, step, at = 0, MONTH // (count * 100 // 291), END - MONTH
    while made < count:
        at += step
        client = chance.randrange(CLIENTS)
        for row in exchange(client, at, chance):
            made += 1
            yield row


def exchange(client, at, chance):
    kind = chance.randrange(100)
    transaction = f"0x{chance.getrandbits(32):08x}"

    def packet(later, direction, message_type, verdict="forwarded", your=None, seconds=None):
        to_server = direction == "to-server"
        return (at + later, "ens34", direction, verdict, message_type, transaction, mac(client),
                f"01:{mac(client)}" if to_server else None, None, your, None,
                None if to_server else "192.168.50.2", address(client) if to_server else None, seconds,
                host_name(client) if to_server else None, FRAME)

    if kind < 2:  # Nobody hears it.
        return [packet(4_000_000 * turn, "to-server", "DISCOVER") for turn in range(3)]
    if kind < 3:
        return [packet(0, "to-server", "DISCOVER", verdict="vlan")]
    if kind < 4:
        return [packet(0, "to-server", "REQUEST"), packet(900, "to-client", "NAK")]
    given = {"your": address(client), "seconds": 86_400}
    answer = [packet(0, "to-server", "REQUEST"), packet(1_200, "to-client", "ACK", **given)]
    if kind < 55:
        return answer
    return [packet(-2_000, "to-server", "DISCOVER"), packet(-1_000, "to-client", "OFFER", **given)] + answer


def leases(count):
    """History, of which the last rows, one for each client, are bound."""
    step = MONTH // count
    for number in range(count):
        client = number * 7919 % CLIENTS
        bound = END - MONTH + number * step
        is_held = number >= count - CLIENTS
        end = END + 10 * 12 * MONTH if is_held else bound + 3_600_000_000
        yield (address(client), mac(client), f"01:{mac(client)}", host_name(client), "192.168.50.2", "ens34",
               "bound" if is_held else "expired", bound, None, end, None if is_held else end, None)


def fill(path, table, columns, rows):
    """Inserts rows without indexes, and makes the indexes again afterwards: that takes a fraction of the time."""
    database = sqlite3.connect(path, isolation_level=None)
    indexes = database.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql NOT NULL", [table]
    ).fetchall()
    database.execute("BEGIN IMMEDIATE")
    for name, _ in indexes:
        database.execute(f"DROP INDEX {name}")
    places = ", ".join("?" * len(columns.split(",")))
    database.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)
    for _, sql in indexes:
        database.execute(sql)
    database.execute("COMMIT")
    database.close()


def make(binaries, path, packet_count, lease_count):
    """Makes a new database and fills it."""
    run_recorder(binaries, path)
    fill(path, "packets", "captured_at, interface, direction, verdict, message_type, transaction_id, client_mac, "
         "client_identifier, client_address, your_address, relay_address, server_identifier, requested_address, "
         "lease_seconds, host_name, frame", exchanges(packet_count))
    fill(path, "leases", "address, client_mac, client_identifier, host_name, server_identifier, interface, state, "
         "bound_at, renewed_at, expires_at, ended_at, relay_address", leases(lease_count))
    count(path)


def count(path):
    """What the recorder would have counted meanwhile."""
    database = sqlite3.connect(path)
    database.execute("""INSERT INTO packet_counts
        SELECT captured_at / 3600000000 * 3600000000 AS hour, interface, direction, verdict, message_type, count(*),
            sum(length(frame)) FROM packets GROUP BY hour, interface, direction, verdict, message_type""")
    database.execute("""INSERT INTO clients
        SELECT client_mac, interface, max(host_name), NULL, min(captured_at), max(captured_at), count(*),
            sum(direction = 'to-server'), sum(direction = 'to-client'), max(captured_at), client_mac LIKE '%7',
            CASE WHEN client_mac LIKE '%7' THEN max(captured_at) END
        FROM packets GROUP BY client_mac, interface""")
    database.commit()
    database.close()
