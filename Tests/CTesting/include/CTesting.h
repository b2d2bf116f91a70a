// What tests need of Linux and no module of ours offers.
#ifndef CTESTING_H
#define CTESTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Whether allocations are counted: not under AddressSanitizer, which has an allocator of its own.
bool testing_counts_allocations(void);

// How often the calling thread has asked for memory (malloc and its relatives) so far.
uint64_t testing_allocations(void);

// Takes away what Swift Testing does at each error that is thrown, which allocates (it keeps a backtrace), until `end`.
void testing_begin_plain_throws(void);
void testing_end_plain_throws(void);

// A packet socket without a filter on the interface with this number, which hears all that comes in; -1 with errno set.
int testing_open_station(int interface);

// Takes an interface of the calling thread's namespace up or down. 0, or -1 with errno set.
int testing_set_up(const char *interface, bool is_up);

// Removes the interface with this number from the calling thread's namespace. 0, or -1 with errno set.
int testing_delete_link(int interface);

// Sends a datagram through a UDP socket of the calling thread's namespace that is bound to `port`; numbers in the order
// of the machine. 0, or the error number.
int testing_send_udp(
    uint16_t port, uint32_t destination, uint16_t destination_port, const void *bytes, size_t length);

// Sends a datagram to the socket at `path` from a process of that user. 0, or the error number.
int testing_send_as(uint32_t user, const char *path, const void *bytes, size_t length);

#endif
