#include "patch.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "macroblock.h"

enum {
	QP_MAX = 51,
	NAL_SLICE = 0x21, /* with nal_ref_idc */
	NAL_SPS = 7,
	NAL_PPS = 8,
	SLICE_P = 5, /* as are all slices of the picture */
};

struct patch {
	unsigned int num_bits; /* of frame_num; 0: nothing was learnt yet */
	unsigned int pps_id;
	int pps_qp; /* from which a slice's is told */
	int next;
	struct slice slice;
	struct macroblock mb;
	struct {
		int x, y;
		uint8_t pixels[MB_PIXELS];
	} undo[PATCH_MAX]; /* what was before, should the rest fail */
};

int
patch_open(struct patch **p, int mb_width, int mb_height)
{
	*p = calloc(1, sizeof(**p));
	if (*p && !slice_open(&(*p)->slice, mb_width, mb_height))
		return 0;
	free(*p);
	*p = NULL;
	return -ENOMEM;
}

void
patch_close(struct patch *p)
{
	if (!p)
		return;
	slice_close(&p->slice);
	free(p);
}

/* Behind the start code; bad when there is none. */
static struct bits_in
nal_open(const uint8_t *nal, size_t len)
{
	struct bits_in b = { .bytes = rbuf_of(nal, len) };
	unsigned int zeros = 0;
	uint8_t v;

	while (!(v = rbuf_u8(&b.bytes)) && !b.bytes.bad)
		zeros++;
	if (zeros < 2 || v != 1)
		b.bytes.bad = true;
	return b;
}

/* Section 7.3.2.1.1; these profiles have neither 4:2:2 nor other scales. */
static bool
is_known_profile(unsigned int profile_idc)
{
	return profile_idc == 66 || profile_idc == 77 || profile_idc == 88;
}

static int
learn_sps(struct patch *p, const uint8_t *nal, size_t len, unsigned int *sps_id)
{
	struct bits_in b = nal_open(nal, len);
	unsigned int num_bits, order, width, height;
	bool frames_only, known;

	if ((bits_take(&b, 8) & 0x1f) != NAL_SPS)
		return -EBADMSG;
	known = is_known_profile(bits_take(&b, 8));
	bits_take(&b, 16); /* constraints and level */
	*sps_id = bits_take_ue(&b);
	num_bits = bits_take_ue(&b) + 4;
	order = bits_take_ue(&b);
	if (b.bytes.bad)
		return -EBADMSG;
	if (!known || order != 2)
		return -ENOTSUP;
	bits_take_ue(&b); /* max_num_ref_frames */
	bits_take(&b, 1); /* gaps_in_frame_num_value_allowed_flag */
	width = bits_take_ue(&b) + 1;
	height = bits_take_ue(&b) + 1;
	frames_only = bits_take(&b, 1);
	if (b.bytes.bad || num_bits > 16)
		return -EBADMSG;
	if (!frames_only || width != (unsigned int)p->slice.mb_width ||
	    height != (unsigned int)p->slice.mb_height)
		return -ENOTSUP;
	p->num_bits = num_bits;
	return 0;
}

/* Section 7.3.2.2. */
static int
learn_pps(struct patch *p, const uint8_t *nal, size_t len, unsigned int sps_id)
{
	struct bits_in b = nal_open(nal, len);
	bool plain;

	if ((bits_take(&b, 8) & 0x1f) != NAL_PPS)
		return -EBADMSG;
	p->pps_id = bits_take_ue(&b);
	plain = bits_take_ue(&b) == sps_id;
	plain &= bits_take(&b, 2) == 0; /* CAVLC, no bottom_field_pic_order */
	plain &= bits_take_ue(&b) == 0; /* num_slice_groups_minus1 */
	plain &= bits_take_ue(&b) == 0; /* one reference */
	bits_take_ue(&b);               /* for B pictures as many */
	plain &= bits_take(&b, 3) == 0; /* no weights */
	p->pps_qp = bits_take_se(&b) + 26;
	bits_take_se(&b);               /* pic_init_qs_minus26 */
	plain &= bits_take_se(&b) == 0; /* chroma_qp_index_offset */
	plain &= bits_take(&b, 3) == 4; /* deblocking_filter_control alone */
	if (b.bytes.bad)
		return -EBADMSG;
	return plain ? 0 : -ENOTSUP;
}

int
patch_learn(struct patch *p, const uint8_t *sps, size_t sps_len,
    const uint8_t *pps, size_t pps_len)
{
	unsigned int sps_id;
	int err = learn_sps(p, sps, sps_len, &sps_id);

	if (!err)
		err = learn_pps(p, pps, pps_len, sps_id);
	if (err)
		p->num_bits = 0;
	return err;
}

/* A NAL unit behind its start code. */
static struct bits
nal_begin(uint8_t *out, size_t size, uint8_t header)
{
	struct bits b = { .bytes = wbuf_of(out, size) };

	wbuf_u32(&b.bytes, 1);
	wbuf_u8(&b.bytes, header);
	return b;
}

/* Section 7.3.3. */
static void
put_slice_header(
    struct bits *b, const struct patch *p, const struct patch_source *s)
{
	bits_put_ue(b, 0); /* first_mb_in_slice */
	bits_put_ue(b, SLICE_P);
	bits_put_ue(b, p->pps_id);
	bits_put(b, s->frame_num & ((1u << p->num_bits) - 1), p->num_bits);
	bits_put(b, 0, 3); /* references, their order and marking as usual */
	bits_put_se(b, s->qp - p->pps_qp);
	bits_put_ue(b, 1); /* disable_deblocking_filter_idc */
}

/* The macroblocks that may differ; *done are in t, even when the rest fails. */
static int
patch_all(struct patch *p, const struct patch_source *s,
    const struct patch_target *t, struct bits *b, int *done)
{
	const uint8_t *at = s->constant, *next = at;
	const uint8_t *end = at + p->slice.mb_width * p->slice.mb_height;
	struct macroblock *m = &p->mb;

	p->next = (int)(end - s->constant);
	for (; (at = memchr(at, 0, (size_t)(end - at))); at++) {
		if (s->enough &&
		    (*done == PATCH_MAX || wbuf_len(&b->bytes) >= s->enough)) {
			p->next = (int)(at - s->constant);
			break;
		}
		m->x = (int)(at - s->constant) % p->slice.mb_width;
		m->y = (int)(at - s->constant) / p->slice.mb_width;
		if (!macroblock_code(m, &p->slice, s->picture, t))
			continue;
		if (!t->margin && macroblock_moves_edge(m, &p->slice))
			return -EDOM;
		if (*done == PATCH_MAX || b->bytes.bad)
			return -ENOSPC;
		bits_put_ue(b, (uint32_t)(at - next)); /* mb_skip_run */
		macroblock_put(m, &p->slice, b);
		next = at + 1;
		p->undo[*done].x = m->x;
		p->undo[*done].y = m->y;
		memcpy(p->undo[*done].pixels, m->before, MB_PIXELS);
		++*done;
		macroblock_store(m->pixels, m->x, m->y, t);
	}
	if (next < end)
		bits_put_ue(b, (uint32_t)(end - next));
	bits_end(b);
	return b->bytes.bad ? -ENOSPC : 0;
}

int
patch_next(const struct patch *p)
{
	return p->next;
}

ssize_t
patch_encode(struct patch *p, const struct patch_source *s,
    const struct patch_target *t, uint8_t *out, size_t size)
{
	struct bits b = nal_begin(out, size, NAL_SLICE);
	int done = 0, err;

	assert(p->num_bits && s->qp >= 0 && s->qp <= QP_MAX);
	assert(
	    (s->picture->width + MB_SIZE - 1) / MB_SIZE == p->slice.mb_width &&
	    (s->picture->height + MB_SIZE - 1) / MB_SIZE == p->slice.mb_height);
	slice_begin(&p->slice, s->qp);
	put_slice_header(&b, p, s);
	err = patch_all(p, s, t, &b, &done);
	while (done--) {
		int x = p->undo[done].x, y = p->undo[done].y;

		if (err)
			macroblock_store(p->undo[done].pixels, x, y, t);
		else if (t->margin)
			macroblock_repeat(x, y, &p->slice, t);
	}
	return err ? err : (ssize_t)wbuf_len(&b.bytes);
}

int
patch_renumber(
    const struct patch *p, uint8_t *nal, size_t len, unsigned int frame_num)
{
	struct bits_in from = nal_open(nal, len);
	uint8_t head[64];
	struct bits to = { .bytes = wbuf_of(head, sizeof(head)) };
	size_t start, used, n;
	unsigned int v;

	assert(p->num_bits);
	bits_put(&to, v = bits_take(&from, 8), 8);
	if ((v & 0x1f) != 1)
		return -EBADMSG;
	/* first_mb_in_slice, slice_type, pic_parameter_set_id, frame_num */
	bits_put_ue(&to, bits_take_ue(&from));
	bits_put_ue(&to, v = bits_take_ue(&from));
	if (v % 5 != 0)
		return -EBADMSG;
	bits_put_ue(&to, bits_take_ue(&from));
	bits_take(&from, p->num_bits);
	bits_put(&to, frame_num & ((1u << p->num_bits) - 1), p->num_bits);
	/* Behind a byte that stays and is not zero all else stays, too. */
	v = from.count;
	bits_put(&to, bits_take(&from, v), v);
	do
		bits_put(&to, v = bits_take(&from, 8), 8);
	while (!v && !from.bytes.bad);
	bits_flush(&to);
	if (from.bytes.bad || to.bytes.bad)
		return -EBADMSG;
	used = (size_t)(from.bytes.p - nal);
	n = wbuf_len(&to.bytes);
	if (used < n + 3)
		return -ENOSPC;
	start = used - n - 3;
	memset(nal, 0, start + 2);
	nal[start + 2] = 1;
	memcpy(nal + start + 3, head, n);
	return 0;
}
