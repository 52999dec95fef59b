/*
 * packets.h - encoded media as a stream of packets: rd-packets(5)
 *
 * The header is 32 bytes, big-endian:
 *
 *	0  u16 magic 0x5264 "Rd"     12 u32 sequence, per stream, +1 each
 *	2  u8  version 1             16 u64 capture time, us
 *	3  u8  kind                  24 u64 encode-done time, us
 *	4  u8  codec
 *	5  u8  flags
 *	6  u16 from capture to the start of encoding, 10 us
 *	8  u32 payload length in bytes
 *
 * Times are CLOCK_MONOTONIC.  A reader skips kinds and codecs it does not
 * know by their length.  Magic, version and length never move.
 */
#ifndef PACKETS_PACKETS_H
#define PACKETS_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	PACKET_HEADER = 32,
	PACKET_MAX = 8 << 20,  /* payload: an 8K key frame of noise is less */
	PACKET_WAIT_STEP = 10, /* us; of wait_us, which ends at 655350 */
};

enum packet_kind {
	PACKET_VIDEO = 1,
	PACKET_AUDIO = 2,
	PACKET_CURSOR = 3,
	PACKET_MESSAGE = 4, /* from rd-stream only */
};

enum packet_codec {
	CODEC_H264 = 1, /* one access unit, Annex B */
	CODEC_OPUS = 2, /* one Opus packet of 10 ms */
	CODEC_PCM = 3,  /* s16le, 48 kHz, stereo, 10 ms: 1920 bytes */
	CODEC_LINE = 4, /* one "cursor ..." or "pointer ..." line, no newline */
	CODEC_EVENT = 5, /* one message of rd-events(5) */
};

enum packet_flag {
	PACKET_KEY = 1,         /* decoding can start here */
	PACKET_CONFIG = 2,      /* parameter sets are in it */
	PACKET_DISCARDABLE = 4, /* nothing refers to it */
	PACKET_ACK = 8,         /* the viewer is to acknowledge it */
};

struct packet {
	uint8_t kind, codec, flags;
	uint32_t seq;
	uint64_t capture_us, done_us;
	uint32_t wait_us; /* from capture until encoding began */
	uint32_t len;
	const uint8_t *payload; /* borrowed */
};

/* Whether sequence number a comes before b; they wrap. */
static inline bool
packet_is_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* Write p's header to out. */
void packet_encode(const struct packet *p, uint8_t out[PACKET_HEADER]);

/*
 * Read the packet at the front of data: its whole length in bytes, with p
 * pointing into data; 0 when more bytes are needed; -EBADMSG as soon as this
 * is not a packet stream of version 1, -EMSGSIZE when it is over PACKET_MAX.
 */
ssize_t packet_decode(struct packet *p, const void *data, size_t len);

#endif
