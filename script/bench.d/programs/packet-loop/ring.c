// Rings of frames that the kernel and this program share (Documentation/networking/packet_mmap.rst); see port.h.
#define _GNU_SOURCE
#include "port.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

// 4 MiB each way, as the other ports have: 2,048 frames in 64 blocks.
enum { BLOCK = 1 << 16, BLOCKS = 64, SLOTS = BLOCK * BLOCKS / FRAME, RETIRE_MS = 1 };

struct ring {
    int version;
    char *incoming, *outgoing;
    size_t next_block, next_slot, next_outgoing;
    struct tpacket3_hdr *frame; // V3: the next frame of the block that is being read
    uint32_t left;              // V3: how many of its frames are left
};

struct port port_open_ring(const char *interface, int version)
{
    struct port port = port_open(interface);
    struct ring *ring = calloc(1, sizeof *ring);
    union {
        struct tpacket_req v2;
        struct tpacket_req3 v3;
    } request = {
        .v3 = { .tp_block_size = BLOCK, .tp_block_nr = BLOCKS, .tp_frame_size = FRAME, .tp_frame_nr = SLOTS },
    };
    socklen_t size = version == TPACKET_V3 ? sizeof request.v3 : sizeof request.v2;
    if (!ring || setsockopt(port.descriptor, SOL_PACKET, PACKET_VERSION, &version, sizeof version) < 0)
        die("PACKET_VERSION");
    if (setsockopt(port.descriptor, SOL_PACKET, PACKET_TX_RING, &request, size) < 0) die("PACKET_TX_RING");
    request.v3.tp_retire_blk_tov = version == TPACKET_V3 ? RETIRE_MS : 0;
    if (setsockopt(port.descriptor, SOL_PACKET, PACKET_RX_RING, &request, size) < 0) die("PACKET_RX_RING");
    ring->version = version;
    ring->incoming = mmap(NULL, 2 * BLOCK * BLOCKS, PROT_READ | PROT_WRITE, MAP_SHARED, port.descriptor, 0);
    if (ring->incoming == MAP_FAILED) die("mmap");
    ring->outgoing = ring->incoming + BLOCK * BLOCKS;
    port.ring = ring;
    return port;
}

// Puts a frame into the ring of the port; one that finds no room is lost.
static void put(struct ring *ring, const char *frame, uint32_t length)
{
    char *slot = ring->outgoing + ring->next_outgoing * FRAME;
    uint32_t *status, room;
    if (ring->version == TPACKET_V3) {
        struct tpacket3_hdr *header = (struct tpacket3_hdr *)slot;
        header->tp_next_offset = 0;
        header->tp_len = header->tp_snaplen = length;
        status = &header->tp_status, room = TPACKET3_HDRLEN - sizeof(struct sockaddr_ll);
    } else {
        struct tpacket2_hdr *header = (struct tpacket2_hdr *)slot;
        header->tp_len = header->tp_snaplen = length;
        status = &header->tp_status, room = TPACKET2_HDRLEN - sizeof(struct sockaddr_ll);
    }
    if (__atomic_load_n(status, __ATOMIC_ACQUIRE) != TP_STATUS_AVAILABLE || length > FRAME - room) return;
    memcpy(slot + room, frame, length);
    __atomic_store_n(status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
    ring->next_outgoing = (ring->next_outgoing + 1) % SLOTS;
}

static size_t take_v2(struct ring *from, struct ring *to)
{
    size_t count = 0;
    for (; count < BATCH; count++) {
        char *slot = from->incoming + from->next_slot * FRAME;
        struct tpacket2_hdr *header = (struct tpacket2_hdr *)slot;
        if (!(__atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) break;
        put(to, slot + header->tp_mac, header->tp_snaplen);
        __atomic_store_n(&header->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
        from->next_slot = (from->next_slot + 1) % SLOTS;
    }
    return count;
}

static size_t take_v3(struct ring *from, struct ring *to)
{
    struct tpacket_block_desc *block = (struct tpacket_block_desc *)(from->incoming + from->next_block * BLOCK);
    size_t count = 0;
    if (!from->frame) {
        if (!(__atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) return 0;
        from->left = block->hdr.bh1.num_pkts;
        from->frame = (struct tpacket3_hdr *)((char *)block + block->hdr.bh1.offset_to_first_pkt);
    }
    for (; count < BATCH && from->left > 0; count++, from->left--) {
        put(to, (char *)from->frame + from->frame->tp_mac, from->frame->tp_snaplen);
        from->frame = (struct tpacket3_hdr *)((char *)from->frame + from->frame->tp_next_offset);
    }
    if (from->left > 0) return count;
    from->frame = NULL;
    __atomic_store_n(&block->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    from->next_block = (from->next_block + 1) % BLOCKS;
    return count;
}

size_t ring_carry(struct port *from, struct port *to)
{
    size_t count = from->ring->version == TPACKET_V3 ? take_v3(from->ring, to->ring) : take_v2(from->ring, to->ring);
    if (count > 0 && send(to->descriptor, NULL, 0, MSG_DONTWAIT) < 0 && errno != EAGAIN && errno != ENOBUFS)
        die("send");
    return count;
}
