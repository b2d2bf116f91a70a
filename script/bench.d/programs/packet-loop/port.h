// Where whole frames come in and go out, in each of the ways that Linux offers to a program.
#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stddef.h>

// How many frames travel together, and how large one may be, in bytes.
enum { BATCH = 32, FRAME = 2048 };

struct port {
    int descriptor;
    struct ring *ring; // only with port_open_ring
    bool is_tap;       // only with port_open_tap
};

// A packet socket on an interface, received from by recvmmsg(2) and sent to by sendmmsg(2).
struct port port_open(const char *interface);

// The same with rings that the kernel shares with this program (PACKET_RX_RING and PACKET_TX_RING).
//
// version is TPACKET_V2 or TPACKET_V3. Those of V3 are handed over in blocks, at the latest after a millisecond.
struct port port_open_ring(const char *interface, int version);

// A TAP interface that is made, with this name; read(2) and write(2) carry one frame each.
struct port port_open_tap(const char *interface);

// Carries what waits at one port to the other, up to a batch, and says how many frames that were.
size_t port_carry(struct port *from, struct port *to);

// Ends the program, with what failed and why.
_Noreturn void die(const char *what);

// The rings' part of port_carry (ring.c).
size_t ring_carry(struct port *from, struct port *to);

#endif
