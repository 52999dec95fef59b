#include "h264.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <x264.h>

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
params(x264_param_t *p, const struct picture *pic, int fps)
{
	if (x264_param_default_preset(p, "ultrafast", "zerolatency"))
		return -EINVAL;
	p->i_log_level = X264_LOG_NONE;
	p->i_threads = 1;
	p->b_sliced_threads = 0;
	p->i_width = even(pic->width);
	p->i_height = even(pic->height);
	p->i_csp = X264_CSP_I420;
	p->i_fps_num = (uint32_t)fps;
	p->i_fps_den = 1;
	p->i_keyint_max = X264_KEYINT_MAX_INFINITE;
	p->i_scenecut_threshold = 0;
	p->i_frame_reference = 1;
	p->b_repeat_headers = 1;
	p->b_annexb = 1;
	p->b_aud = 0;
	/*
	 * CQP spares x264's own rate control on every picture; with factors
	 * this large it does not narrow down the quantiser we ask for.
	 */
	p->rc.i_rc_method = X264_RC_CQP;
	p->rc.i_qp_constant = 31;
	p->rc.f_ip_factor = 10;
	p->rc.f_pb_factor = 10;
	p->analyse.i_weighted_pred = X264_WEIGHTP_NONE;
	p->analyse.b_mb_info = 1;
	search(p, true);
	/* An sRGB screen, converted by BT.601's matrix in limited range. */
	p->vui.i_colorprim = 1;
	p->vui.i_transfer = 13;
	p->vui.i_colmatrix = 6;
	p->vui.b_fullrange = 0;
	return x264_param_apply_profile(p, "baseline") ? -EINVAL : 0;
}

/*
 * The first picture of an encoder is slow, for all its memory is new, and
 * carries x264's version as SEI: it is not for sending.
 */
static int
warm_up(struct h264 *h, const struct picture *p)
{
	struct h264_unit u;

	return h264_encode(h, p, H264_QP_MAX, true, &u);
}

int
h264_open(struct h264 *h, const struct picture *p, int fps)
{
	x264_param_t param;
	int err = params(&param, p, fps);

	*h = (struct h264){ .mb_width = (p->width + H264_MB - 1) / H264_MB,
		.mb_height = (p->height + H264_MB - 1) / H264_MB,
		.far = true };
	if (err)
		return err;
	h->flags = malloc((size_t)h->mb_width * (size_t)h->mb_height);
	if (!h->flags)
		return -ENOMEM;
	h->x264 = x264_encoder_open(&param);
	err = h->x264 ? warm_up(h, p) : -EINVAL;
	if (err)
		h264_close(h);
	return err;
}

void
h264_close(struct h264 *h)
{
	if (h->x264)
		x264_encoder_close(h->x264);
	free(h->flags);
	*h = (struct h264){ 0 };
}

void
h264_mark(struct h264 *h, const struct region *damage)
{
	for (unsigned int i = 0; i < damage->n; i++) {
		const struct rect *r = &damage->rects[i];
		int left = r->x / H264_MB;
		int right = (r->x + r->w - 1) / H264_MB;
		int bottom = (r->y + r->h - 1) / H264_MB;

		for (int y = r->y / H264_MB; y <= bottom; y++)
			memset(&h->flags[y * h->mb_width + left], 0,
			    (size_t)(right - left + 1));
	}
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

int
h264_encode(struct h264 *h, const struct picture *p, int qp, bool key,
    struct h264_unit *u)
{
	x264_picture_t in, out;
	x264_nal_t *nals;
	int n, count;

	x264_picture_init(&in);
	in.i_type = key ? X264_TYPE_IDR : X264_TYPE_P;
	in.i_qpplus1 = qp + 1;
	in.i_pts = h->pts++;
	in.img.i_csp = X264_CSP_I420;
	in.img.i_plane = 3;
	for (int i = 0; i < 3; i++) {
		in.img.i_stride[i] = p->stride[i];
		in.img.plane[i] = p->plane[i];
	}
	in.prop.mb_info = h->flags;
	n = x264_encoder_encode(h->x264, &nals, &count, &in, &out);
	memset(h->flags, X264_MBINFO_CONSTANT,
	    (size_t)h->mb_width * (size_t)h->mb_height);
	if (n <= 0)
		return -EIO;
	*u = (struct h264_unit){ nals[0].p_payload, (size_t)n,
		out.b_keyframe != 0 };
	return 0;
}
