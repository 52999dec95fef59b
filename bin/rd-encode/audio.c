#include "audio.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"

enum {
	HZ = 48000,
	CHANNELS = 2,
	BLOCK = HZ / 100, /* samples */
	BLOCK_BYTES = BLOCK * CHANNELS * 2,
	BLOCK_US = 10000,
	OPUS_MAX = 1275, /* RFC 6716 section 3.2.1: bytes of one frame */
	COMPLEXITY = 5,
	OGG_MAX = 2 * (27 + 255 + OPUS_MAX), /* our pages hold one packet */
	LOST_BLOCKS = 12, /* RFC 6716 section 3.2.5: 120 ms in a packet */
	GAP_MAX = 360000, /* blocks: an hour of silence is kept in Ogg */
};

static const char vendor[] = "rd-encode";

int
audio_open(struct audio *a, struct fanout *out, bool ogg)
{
	int err;

	*a = (struct audio){ .out = out, .ogg = ogg };
	a->opus = opus_encoder_create(
	    HZ, CHANNELS, OPUS_APPLICATION_RESTRICTED_LOWDELAY, &err);
	if (!a->opus)
		return err == OPUS_ALLOC_FAIL ? -ENOMEM : -EINVAL;
	opus_encoder_ctl(a->opus, OPUS_SET_BITRATE(AUDIO_BITRATE));
	opus_encoder_ctl(a->opus, OPUS_SET_COMPLEXITY(COMPLEXITY));
	if (ogg && ogg_stream_init(&a->stream, a->serial)) {
		audio_close(a);
		return -ENOMEM;
	}
	return 0;
}

void
audio_close(struct audio *a)
{
	if (!a->opus)
		return;
	opus_encoder_destroy(a->opus);
	a->opus = NULL;
	if (a->ogg)
		ogg_stream_clear(&a->stream);
}

static void
send_payload(struct audio *a, const struct packet *from, uint8_t flags,
    const uint8_t *data, size_t len)
{
	struct packet p = { .kind = PACKET_AUDIO,
		.codec = CODEC_OPUS,
		.flags = flags,
		.capture_us = from->capture_us,
		.done_us = (uint64_t)clock_us(),
		.len = (uint32_t)len,
		.payload = data };

	fanout_send(a->out, &p);
}

/* Append a packet to the Ogg stream and its page to w. */
static void
put_page(struct audio *a, struct wbuf *w, const void *data, size_t len)
{
	ogg_packet op = { .packet = (unsigned char *)data,
		.bytes = (long)len,
		.b_o_s = a->packet_no == 0,
		.granulepos = a->granule,
		.packetno = a->packet_no++ };
	ogg_page page;

	ogg_stream_packetin(&a->stream, &op);
	while (ogg_stream_flush(&a->stream, &page)) {
		wbuf_put(w, page.header, (size_t)page.header_len);
		wbuf_put(w, page.body, (size_t)page.body_len);
	}
}

static void
put_le(struct wbuf *w, uint32_t v, size_t n)
{
	for (; n; n--, v >>= 8)
		wbuf_u8(w, (uint8_t)v);
}

/* RFC 7845 section 5: the identification and the comment header. */
static void
put_headers(struct audio *a, struct wbuf *w)
{
	uint8_t bytes[64];
	struct wbuf h = wbuf_of(bytes, sizeof(bytes));
	opus_int32 lookahead = 0;

	opus_encoder_ctl(a->opus, OPUS_GET_LOOKAHEAD(&lookahead));
	wbuf_put(&h, "OpusHead\1", 9);
	wbuf_u8(&h, CHANNELS);
	put_le(&h, (uint32_t)lookahead, 2);
	put_le(&h, HZ, 4);
	put_le(&h, 0, 3); /* gain, mapping family */
	put_page(a, w, bytes, wbuf_len(&h));

	h = wbuf_of(bytes, sizeof(bytes));
	wbuf_put(&h, "OpusTags", 8);
	put_le(&h, sizeof(vendor) - 1, 4);
	wbuf_put(&h, vendor, sizeof(vendor) - 1);
	put_le(&h, 0, 4);
	put_page(a, w, bytes, wbuf_len(&h));
}

/*
 * RFC 7845 section 4.1: a stream has no holes; what was not sent is filled in
 * by packets without a frame's data, which ask the decoder to conceal it.
 */
static void
fill_gap(struct audio *a, const struct packet *from, int64_t blocks)
{
	uint8_t page[OGG_MAX];

	while (blocks > 0) {
		/* Code 3, a count of frames of equal length: none. */
		uint8_t lost[2] = { a->toc | 3, LOST_BLOCKS };
		bool many = blocks >= LOST_BLOCKS;
		struct wbuf w = wbuf_of(page, sizeof(page));

		if (!many)
			lost[0] = a->toc;
		a->granule += BLOCK * (many ? LOST_BLOCKS : 1);
		blocks -= many ? LOST_BLOCKS : 1;
		put_page(a, &w, lost, many ? 2 : 1);
		send_payload(a, from, 0, page, wbuf_len(&w));
	}
}

static void
send_ogg(
    struct audio *a, const struct packet *from, const uint8_t *data, size_t len)
{
	int64_t late_us = (int64_t)from->capture_us - a->next_us;
	int64_t gap = (late_us + BLOCK_US / 2) / BLOCK_US;
	uint8_t page[OGG_MAX];
	struct wbuf w = wbuf_of(page, sizeof(page));

	if (a->packet_no == 0) {
		put_headers(a, &w);
		send_payload(
		    a, from, PACKET_KEY | PACKET_CONFIG, page, wbuf_len(&w));
		w = wbuf_of(page, sizeof(page));
	} else if (gap > 0) {
		fill_gap(a, from, gap < GAP_MAX ? gap : GAP_MAX);
	}
	a->toc = data[0] & 0xfc;
	a->granule += BLOCK;
	put_page(a, &w, data, len);
	send_payload(a, from, 0, page, wbuf_len(&w));
	a->next_us = (int64_t)from->capture_us + BLOCK_US;
}

void
audio_restart(struct audio *a)
{
	if (!a->ogg)
		return;
	ogg_stream_reset_serialno(&a->stream, ++a->serial);
	a->packet_no = a->granule = 0;
}

static int
encode(struct audio *a, const struct packet *pcm)
{
	opus_int16 samples[BLOCK * CHANNELS];
	uint8_t opus[OPUS_MAX];
	opus_int32 n;

	for (size_t i = 0; i < BLOCK * CHANNELS; i++)
		samples[i] = (opus_int16)(pcm->payload[2 * i] |
		    pcm->payload[2 * i + 1] << 8);
	n = opus_encode(a->opus, samples, BLOCK, opus, sizeof(opus));
	if (n <= 0)
		return -EIO;
	if (a->ogg)
		send_ogg(a, pcm, opus, (size_t)n);
	else
		send_payload(a, pcm, PACKET_KEY, opus, (size_t)n);
	return 0;
}

ssize_t
audio_input(struct audio *a, const uint8_t *p, size_t len)
{
	struct packet pcm;
	ssize_t n = packet_decode(&pcm, p, len);
	int err;

	if (n <= 0 || pcm.codec != CODEC_PCM || pcm.len == 0)
		return n;
	if (pcm.len != BLOCK_BYTES)
		return -EBADMSG;
	err = a->out->count ? encode(a, &pcm) : 0;
	return err ? err : n;
}
