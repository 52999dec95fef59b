#include "h264.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <x264.h>

_Static_assert(X264_MBINFO_CONSTANT == 1, "struct picture's constant");

/*
 * Pixels that x264 has around its pictures, and looks at as far as 24: not
 * said in its interface, so known only of this build.
 */
enum { MARGIN = X264_BUILD == 164 ? 32 : 0 };

enum {
	QP_SPEC = 51,      /* H.264's greatest, and so a patch's */
	UNIT_SLACK = 4096, /* bytes that one macroblock does not take */
	/* Section A.3.1: 3200 bits, and emulation prevention. */
	MB_BYTES_MAX = 600,
};

static int
even(int n)
{
	return (n + 1) & ~1;
}

/*
 * What scrolls moves far: a search that finds it takes a tenth of the bits of
 * one that does not, and no more time.  In noise it takes twice as long.
 */
static void
search(x264_param_t *p, bool far)
{
	p->analyse.i_me_method = far ? X264_ME_UMH : X264_ME_DIA;
	p->analyse.i_me_range = far ? 64 : 16;
}

static int
csp(const struct picture *p)
{
	return p->format.full_chroma ? X264_CSP_I444 : X264_CSP_I420;
}

static int
params(x264_param_t *p, const struct picture *pic, int fps)
{
	if (x264_param_default_preset(p, "ultrafast", "zerolatency"))
		return -EINVAL;
	p->i_log_level = X264_LOG_NONE;
	p->i_threads = 1;
	p->b_sliced_threads = 0;
	p->i_width = even(pic->width);
	p->i_height = even(pic->height);
	p->i_csp = csp(pic);
	p->i_fps_num = (uint32_t)fps;
	p->i_fps_den = 1;
	p->i_keyint_max = X264_KEYINT_MAX_INFINITE;
	p->i_scenecut_threshold = 0;
	p->i_frame_reference = 1;
	if (!pic->format.full_chroma)
		p->i_dpb_size = KEEP_REFERENCES;
	p->b_repeat_headers = 1;
	p->b_annexb = 1;
	p->b_aud = 0;
	/*
	 * CQP spares x264's own rate control on every picture.  The factors
	 * put its quantisers for I and B pictures, between which it confines
	 * ours, at both ends of the scale.
	 */
	p->rc.i_rc_method = X264_RC_CQP;
	p->rc.i_qp_constant = 40;
	p->rc.f_ip_factor = 0.01f;
	p->rc.f_pb_factor = 0.01f;
	p->analyse.i_weighted_pred = X264_WEIGHTP_NONE;
	p->analyse.b_mb_info = 1;
	search(p, true);
	/* An sRGB screen, converted by BT.601's matrix in limited range, or
	 * wide. */
	p->vui.i_colorprim = 1;
	p->vui.i_transfer = 13;
	p->vui.i_colmatrix = pic->format.wide ? 1 : 6;
	p->vui.b_fullrange = pic->format.wide;
	if (pic->format.full_chroma)
		return 0; /* High 4:4:4 Predictive, by itself */
	return x264_param_apply_profile(p, "baseline") ? -EINVAL : 0;
}

/*
 * x264 codes again what did not change when the picture is finer than its
 * last one.
 */
static void
learn_levels(struct h264 *h, const struct picture *p, int qp, bool key)
{
	size_t n = (size_t)p->mb_width * (size_t)p->mb_height;
	bool finer = qp < h->qp;

	for (size_t i = 0; h->level && i < n; i++)
		if (key || !p->constant[i] || (finer && qp < h->level[i]))
			h->level[i] = (uint8_t)qp;
	h->qp = qp;
}

/* What x264 made of a P picture, with the numbers and references it has. */
static int
renumber(struct h264 *h, uint8_t *nal, size_t *len, const uint8_t **data)
{
	const struct patch_refs *refs = &h->keep.refs;
	ssize_t n;

	*data = nal;
	if (!refs->from && !refs->keep)
		return patch_renumber(h->patch, nal, *len, h->frame_num);
	n = patch_refer(
	    h->patch, nal, *len, h->frame_num, refs, h->unit, h->unit_size);
	if (n < 0)
		return (int)n;
	*data = h->unit;
	*len = (size_t)n;
	return 0;
}

static int
encode_all(struct h264 *h, const struct picture *p, int qp, bool key,
    struct h264_unit *u)
{
	const uint8_t *data;
	size_t len;
	x264_picture_t in, out;
	x264_nal_t *nals;
	int n, count;

	x264_picture_init(&in);
	in.i_type = key ? X264_TYPE_IDR : X264_TYPE_P;
	in.i_qpplus1 = qp + 1;
	in.i_pts = h->pts++;
	in.img.i_csp = csp(p);
	in.img.i_plane = 3;
	for (int i = 0; i < 3; i++) {
		in.img.i_stride[i] = p->stride[i];
		in.img.plane[i] = p->plane[i];
	}
	in.prop.mb_info = p->constant;
	n = x264_encoder_encode(h->x264, &nals, &count, &in, &out);
	if (n <= 0)
		return -EIO;
	h->target = (struct patch_target){ out.img.plane[0], out.img.plane[1],
		out.img.i_stride[0], out.img.i_stride[1], MARGIN };
	h->frame_num = key ? 0 : h->frame_num + 1;
	data = nals[0].p_payload;
	len = (size_t)n;
	if (key && h->patch)
		patch_allow_gaps(h->patch, nals[0].p_payload);
	else if (h->patch && renumber(h, nals[0].p_payload, &len, &data))
		return -EIO;
	*u = (struct h264_unit){ data, len, out.b_keyframe != 0, false };
	learn_levels(h, p, qp, key);
	return 0;
}

/*
 * The first pictures of an encoder are slow, for all its memory is new, and
 * the very first carries x264's version as SEI: they are not for sending.
 * The second shows whether x264 predicts from the picture we can change.
 */
static int
warm_up(struct h264 *h, struct picture *p, bool *changes)
{
	struct h264_unit u;
	int err = encode_all(h, p, H264_QP_MAX, true, &u);
	uint8_t seen;

	if (err)
		return err;
	seen = h->target.luma[0] ^= 1;
	picture_coded(p);
	err = encode_all(h, p, H264_QP_MAX, false, &u);
	*changes = !err && h->target.luma[0] == seen;
	return err;
}

static int
open_patch(struct h264 *h, const struct picture *p)
{
	size_t n = (size_t)p->mb_width * (size_t)p->mb_height;
	x264_nal_t *nals;
	int count, err;

	h->level = malloc(n);
	h->fine = malloc(n);
	h->unit_size = n * MB_BYTES_MAX + UNIT_SLACK;
	if (h->unit_size < H264_PATCH_BYTES)
		h->unit_size = H264_PATCH_BYTES;
	h->unit = malloc(h->unit_size);
	if (!h->level || !h->fine || !h->unit ||
	    x264_encoder_headers(h->x264, &nals, &count) < 0)
		return -ENOMEM;
	err = patch_open(&h->patch, p->mb_width, p->mb_height);
	if (err)
		return err;
	if (patch_learn(h->patch, nals[0].p_payload, (size_t)nals[0].i_payload,
		nals[1].p_payload, (size_t)nals[1].i_payload)) {
		patch_close(h->patch);
		h->patch = NULL;
		return 0;
	}
	return keep_open(&h->keep, p->mb_width, p->mb_height);
}

int
h264_open(struct h264 *h, struct picture *p, int fps)
{
	x264_param_t param;
	bool changes = false;
	int err = params(&param, p, fps);

	*h = (struct h264){ .far = true };
	if (err)
		return err;
	h->x264 = x264_encoder_open(&param);
	err = h->x264 ? warm_up(h, p, &changes) : -EINVAL;
	if (!err && changes)
		err = open_patch(h, p);
	if (err)
		h264_close(h);
	return err;
}

void
h264_close(struct h264 *h)
{
	if (h->x264)
		x264_encoder_close(h->x264);
	patch_close(h->patch);
	keep_close(&h->keep);
	free(h->level);
	free(h->fine);
	free(h->unit);
	*h = (struct h264){ 0 };
}

void
h264_search(struct h264 *h, bool far)
{
	x264_param_t param;

	if (far == h->far)
		return;
	x264_encoder_parameters(h->x264, &param);
	search(&param, far);
	if (!x264_encoder_reconfig(h->x264, &param))
		h->far = far;
}

bool
h264_is_small(const struct h264 *h, const struct picture *p)
{
	return h->patch && p->changed <= H264_SMALL_MAX;
}

/* What s says, which is at its quantiser then.  Negative errno. */
static int
encode_patch(struct h264 *h, struct patch_source *s, struct h264_unit *u)
{
	const uint8_t *at = s->constant, *end;
	ssize_t n;

	s->frame_num = h->frame_num + 1;
	s->refs = h->keep.refs;
	n = patch_encode(h->patch, s, &h->target, h->unit, H264_PATCH_BYTES);
	if (n < 0)
		return (int)n;
	h->frame_num++;
	end = at + patch_next(h->patch);
	for (; (at = memchr(at, 0, (size_t)(end - at))); at++)
		h->level[at - s->constant] = (uint8_t)s->qp;
	*u = (struct h264_unit){ h->unit, (size_t)n, false, true };
	return 0;
}

int
h264_encode(
    struct h264 *h, struct picture *p, int qp, bool key, struct h264_unit *u)
{
	struct patch_source s = { .picture = p,
		.constant = p->constant,
		.qp = qp,
		.scroll = p->scroll };
	int err = -ENOTSUP;

	if (!key && h->patch) {
		keep_begin(&h->keep, &h->target, h->level);
		keep_changed(&h->keep, p->constant);
	}
	if (!key && h->patch && qp <= QP_SPEC &&
	    (h264_is_small(h, p) || p->scroll))
		err = encode_patch(h, &s, u);
	if (err)
		err = encode_all(h, p, qp, key, u);
	if (!err && h->patch)
		keep_end(&h->keep, h->seq, h->frame_num, key);
	picture_coded(p);
	return err;
}

void
h264_keep(struct h264 *h)
{
	h->keep.wanted = true;
}

int
h264_return(struct h264 *h, uint32_t seq, struct picture *p, uint32_t *from)
{
	struct keep_from goes_on;

	if (!h->patch ||
	    keep_return(&h->keep, seq, &h->target, h->level, p, &goes_on))
		return -ENOENT;
	/* Or it would seem to be one more slice of the last they have. */
	if ((h->frame_num + 1 - goes_on.frame_num) %
		patch_frame_nums(h->patch) ==
	    0)
		h->frame_num++;
	*from = goes_on.seq;
	return 0;
}

/* Whether some macroblocks are coarser than qp; h->fine says which. */
static bool
find_coarse(struct h264 *h, const struct picture *p, int qp)
{
	size_t n = (size_t)p->mb_width * (size_t)p->mb_height;

	for (size_t i = 0; i < n; i++)
		h->fine[i] = h->level[i] <= qp;
	return memchr(h->fine, 0, n);
}

int
h264_refine(struct h264 *h, struct picture *p, int good, int fine, size_t bytes,
    struct h264_unit *u)
{
	struct patch_source s = {
		.picture = p, .constant = h->fine, .qp = good, .enough = bytes
	};
	int err;

	if (!h->patch)
		return -ENOTSUP;
	if (s.enough > H264_PATCH_BYTES - UNIT_SLACK)
		s.enough = H264_PATCH_BYTES - UNIT_SLACK;
	if (!find_coarse(h, p, good)) {
		find_coarse(h, p, fine);
		s.qp = fine;
	}
	keep_begin(&h->keep, &h->target, h->level);
	err = encode_patch(h, &s, u);
	if (err)
		return err;
	keep_end(&h->keep, h->seq, h->frame_num, false);
	return find_coarse(h, p, fine);
}
