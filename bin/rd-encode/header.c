/* What is learnt of x264's headers, written like them and rewritten in them */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "patch_priv.h"

enum {
	NAL_SLICE = 0x21, /* with nal_ref_idc */
	NAL_SPS = 7,
	NAL_PPS = 8,
	SLICE_P = 5, /* as are all slices of the picture */

	LONG_TERM = 2, /* modification_of_pic_nums_idc */
	LIST_END = 3,
	MARK_END = 0, /* memory_management_control_operation */
	MARK_KEEP = 3,
	MARK_AT_MOST = 4,
};

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

/* Table A-1, MaxVmvR. */
static int
reach_of(unsigned int level_idc)
{
	if (level_idc < 11)
		return 63;
	if (level_idc < 21)
		return 127;
	return level_idc < 31 ? 255 : 511;
}

static int
learn_sps(struct patch *p, const uint8_t *nal, size_t len, unsigned int *sps_id)
{
	struct bits_in b = nal_open(nal, len);
	unsigned int level, num_bits, order, width, height;
	bool frames_only, known;

	if ((bits_take(&b, 8) & 0x1f) != NAL_SPS)
		return -EBADMSG;
	known = is_known_profile(bits_take(&b, 8));
	bits_take(&b, 8); /* constraints */
	level = bits_take(&b, 8);
	*sps_id = bits_take_ue(&b);
	num_bits = bits_take_ue(&b) + 4;
	order = bits_take_ue(&b);
	if (b.bytes.bad)
		return -EBADMSG;
	if (!known || order != 2)
		return -ENOTSUP;
	bits_take_ue(&b); /* max_num_ref_frames */
	bits_take(&b, 1); /* gaps_in_frame_num_value_allowed_flag */
	p->gaps_at = (size_t)(b.bytes.p - nal) - 1;
	p->gaps_bit = (uint8_t)(1u << b.count);
	width = bits_take_ue(&b) + 1;
	height = bits_take_ue(&b) + 1;
	frames_only = bits_take(&b, 1);
	if (b.bytes.bad || num_bits > 16)
		return -EBADMSG;
	if (!frames_only || width != (unsigned int)p->slice.mb_width ||
	    height != (unsigned int)p->slice.mb_height)
		return -ENOTSUP;
	p->num_bits = num_bits;
	p->reach = reach_of(level);
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

/* Sections 7.3.3, 7.3.3.1 and 7.3.3.3. */
static void
put_refs(struct bits *b, const struct patch_refs *refs)
{
	bits_put(b, 0, 1); /* as many references as usual */
	bits_put(b, refs->from != 0, 1);
	if (refs->from) {
		bits_put_ue(b, LONG_TERM);
		bits_put_ue(b, (uint32_t)refs->from - 1);
		bits_put_ue(b, LIST_END);
	}
	bits_put(b, refs->keep != 0, 1);
	if (!refs->keep)
		return;
	if (refs->first) {
		bits_put_ue(b, MARK_AT_MOST);
		bits_put_ue(b, PATCH_KEPT);
	}
	bits_put_ue(b, MARK_KEEP);
	bits_put_ue(b, 0); /* the one before */
	bits_put_ue(b, (uint32_t)refs->keep - 1);
	bits_put_ue(b, MARK_END);
}

unsigned int
patch_frame_nums(const struct patch *p)
{
	return 1u << p->num_bits;
}

/* Section 7.3.3. */
void
patch_put_header(
    const struct patch *p, const struct patch_source *s, struct bits *b)
{
	wbuf_u32(&b->bytes, 1);
	wbuf_u8(&b->bytes, NAL_SLICE);
	bits_put_ue(b, 0); /* first_mb_in_slice */
	bits_put_ue(b, SLICE_P);
	bits_put_ue(b, p->pps_id);
	bits_put(b, s->frame_num % patch_frame_nums(p), p->num_bits);
	put_refs(b, &s->refs);
	bits_put_se(b, s->qp - p->pps_qp);
	bits_put_ue(b, 1); /* disable_deblocking_filter_idc */
}

/* From one to the other, up to frame_num; -EBADMSG when it is no P slice. */
static int
renumber(const struct patch *p, struct bits_in *from, struct bits *to,
    unsigned int frame_num)
{
	unsigned int v;

	assert(p->num_bits);
	bits_put(to, v = bits_take(from, 8), 8);
	if ((v & 0x1f) != 1)
		return -EBADMSG;
	/* first_mb_in_slice, slice_type, pic_parameter_set_id, frame_num */
	bits_put_ue(to, bits_take_ue(from));
	bits_put_ue(to, v = bits_take_ue(from));
	if (v % 5 != 0)
		return -EBADMSG;
	bits_put_ue(to, bits_take_ue(from));
	bits_take(from, p->num_bits);
	bits_put(to, frame_num % patch_frame_nums(p), p->num_bits);
	return 0;
}

void
patch_allow_gaps(const struct patch *p, uint8_t *sps)
{
	sps[p->gaps_at] |= p->gaps_bit;
}

ssize_t
patch_refer(const struct patch *p, const uint8_t *nal, size_t len,
    unsigned int frame_num, const struct patch_refs *refs, uint8_t *out,
    size_t size)
{
	struct bits_in from = nal_open(nal, len);
	struct bits to = { .bytes = wbuf_of(out, size) };
	unsigned int left;

	wbuf_u32(&to.bytes, 1);
	if (renumber(p, &from, &to, frame_num) || bits_take(&from, 3))
		return -EBADMSG;
	put_refs(&to, refs);
	while (rbuf_left(&from.bytes))
		bits_put(&to, bits_take(&from, 8), 8);
	left = from.count;
	bits_put(&to, bits_take(&from, left), left);
	bits_put(&to, 0, -to.count & 7);
	bits_flush(&to);
	if (from.bytes.bad)
		return -EBADMSG;
	if (to.bytes.bad)
		return -ENOSPC;
	/* The stop bit has moved; it is in the last byte that is not zero. */
	while (!to.bytes.p[-1])
		to.bytes.p--;
	return (ssize_t)wbuf_len(&to.bytes);
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

	if (renumber(p, &from, &to, frame_num))
		return -EBADMSG;
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
