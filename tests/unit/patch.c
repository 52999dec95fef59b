/* rd-encode: patches between x264's pictures, judged by ffmpeg's decoder */
#include "../../bin/rd-encode/patch.h"

#include <errno.h>
#include <unistd.h>

/* For its parameters, which are what patches must go with. */
#include "../../bin/rd-encode/h264.c"

#include "../alloc.h"
#include "../tap.h"

enum {
	UNIT_MAX = 1 << 20,
	PICTURES_MAX = 8000, /* of a size */
};

static uint32_t seed = 1;

static int
draw(int below)
{
	seed = seed * 1664525 + 1013904223;
	return (int)((seed >> 8) % (uint32_t)below);
}

struct scene {
	struct picture picture;
	x264_t *x264;
	struct patch *patch;
	int mb_width, mb_height;
	uint8_t *constant;
	struct patch_target target; /* x264's reconstruction */
	unsigned int frame_num;
	FILE *stream;
	uint64_t want[PICTURES_MAX]; /* hashes of decoded pictures */
	size_t count, patches, refused;
	size_t far; /* patches unlike the source */
	bool kept;  /* what x264 shall not touch */
	int scroll; /* of what changed last */
	int margin;
};

static uint64_t
hash(uint64_t h, const uint8_t *p, size_t step, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i * step]) * 0x100000001b3;
	return h;
}

static uint64_t
hash_target(const struct scene *s)
{
	const struct patch_target *t = &s->target;
	size_t w = (size_t)s->mb_width * 16;
	uint64_t h = 1;

	for (int y = 0; y < s->mb_height * 16; y++)
		h = hash(h, t->luma + y * t->luma_stride, 1, w);
	for (int i = 0; i < 2; i++)
		for (int y = 0; y < s->mb_height * 8; y++)
			h = hash(
			    h, t->chroma + y * t->chroma_stride + i, 2, w / 2);
	return h;
}

static void
scene_open(struct scene *s, int width, int height)
{
	x264_param_t param;

	*s = (struct scene){ .mb_width = (width + 15) / 16,
		.mb_height = (height + 15) / 16,
		.stream = tmpfile(),
		.kept = true,
		.margin = MARGIN };
	s->constant = malloc((size_t)(s->mb_width * s->mb_height));
	if (!s->stream || !s->constant ||
	    picture_open(&s->picture, width, height,
		&(struct picture_format){ .scale = 1 }) ||
	    params(&param, &s->picture, 60) ||
	    !(s->x264 = x264_encoder_open(&param)) ||
	    patch_open(&s->patch, s->mb_width, s->mb_height))
		abort();
	memset(s->constant, 1, (size_t)(s->mb_width * s->mb_height));
}

static void
scene_close(struct scene *s)
{
	fclose(s->stream);
	free(s->constant);
	x264_encoder_close(s->x264);
	patch_close(s->patch);
	picture_close(&s->picture);
}

static void
append(struct scene *s, const uint8_t *unit, size_t len)
{
	fwrite(unit, 1, len, s->stream);
	s->want[s->count++] = hash_target(s);
	memset(s->constant, 1, (size_t)(s->mb_width * s->mb_height));
	s->scroll = 0;
}

static int
learn_from(struct patch *p, const x264_nal_t *nals)
{
	return patch_learn(p, nals[0].p_payload, (size_t)nals[0].i_payload,
	    nals[1].p_payload, (size_t)nals[1].i_payload);
}

/* By x264, all that is not constant. */
static void
encode(struct scene *s, int qp, bool key)
{
	x264_picture_t in, out;
	x264_nal_t *nals;
	int n, count;

	x264_picture_init(&in);
	in.i_type = key ? X264_TYPE_IDR : X264_TYPE_P;
	in.i_qpplus1 = qp + 1;
	in.i_pts = (int64_t)s->count;
	in.img.i_csp = X264_CSP_I420;
	in.img.i_plane = 3;
	for (int i = 0; i < 3; i++) {
		in.img.i_stride[i] = s->picture.stride[i];
		in.img.plane[i] = s->picture.plane[i];
	}
	in.prop.mb_info = s->constant;
	n = x264_encoder_encode(s->x264, &nals, &count, &in, &out);
	if (n <= 0)
		abort();
	s->target = (struct patch_target){ out.img.plane[0], out.img.plane[1],
		out.img.i_stride[0], out.img.i_stride[1], s->margin };
	s->frame_num = key ? 0 : s->frame_num + 1;
	if (key ? learn_from(s->patch, nals)
		: patch_renumber(
		      s->patch, nals[0].p_payload, (size_t)n, s->frame_num))
		abort();
	append(s, nals[0].p_payload, (size_t)n);
}

/* How far luma of what was not constant is from the source, at most. */
static int
distance(const struct scene *s)
{
	int most = 0;

	for (int y = 0; y < s->picture.height; y++)
		for (int x = 0; x < s->picture.width; x++) {
			int a = s->target.luma[y * s->target.luma_stride + x];
			int b =
			    s->picture.plane[0][y * s->picture.stride[0] + x];

			if (!s->constant[y / 16 * s->mb_width + x / 16] &&
			    abs(a - b) > most)
				most = abs(a - b);
		}
	return most;
}

static ssize_t
patch(struct scene *s, int qp, size_t size)
{
	struct patch_source source = { .picture = &s->picture,
		.constant = s->constant,
		.qp = qp,
		.frame_num = s->frame_num + 1,
		.scroll = s->scroll };
	uint8_t *out = malloc(size);
	ssize_t n = patch_encode(s->patch, &source, &s->target, out, size);

	if (n > 0) {
		s->far += qp <= 14 && distance(s) > 12;
		s->frame_num++;
		s->patches++;
		append(s, out, (size_t)n);
	}
	free(out);
	return n;
}

static void
fill(struct scene *s, int plane, const struct rect *r, int kind)
{
	int stride = s->picture.stride[plane], shift = plane > 0;
	int low = draw(2) ? 0 : draw(256), high = draw(2) ? 255 : draw(256);
	uint32_t glyphs = seed;

	for (int y = r->y >> shift; y < (r->y + r->h) >> shift; y++)
		for (int x = r->x >> shift; x < (r->x + r->w) >> shift; x++) {
			uint8_t *p = s->picture.plane[plane] + y * stride + x;
			uint32_t dot = (uint32_t)(x / 2 * 7 + y * 3) ^ glyphs;

			if (kind == 0) /* noise */
				*p = (uint8_t)draw(256);
			else if (kind == 1) /* black and white */
				*p = draw(2) ? 255 : 0;
			else if (kind == 2) /* like text */
				*p = (uint8_t)(dot * 2654435761u >> 29 ? low
								       : high);
			else if (kind == 3)
				*p = (uint8_t)low;
			else /* faint */
				*p = (uint8_t)(*p + draw(5) - 2);
		}
}

static void
mark_changed(struct scene *s, int x, int y, int w, int h)
{
	for (int my = y / 16; my <= (y + h - 1) / 16; my++)
		memset(s->constant + my * s->mb_width + x / 16, 0,
		    (size_t)((x + w - 1) / 16 - x / 16 + 1));
}

static void
change(struct scene *s, int x, int y, int w, int h, int kind)
{
	struct rect r = { (uint16_t)x, (uint16_t)y, (uint16_t)w, (uint16_t)h };

	fill(s, 0, &r, kind);
	for (int i = 1; i < 3 && draw(3); i++)
		fill(s, i, &r, kind);
	mark_changed(s, x, y, w, h);
}

/* Rows of a plane move up, or down. */
static void
scroll_plane(uint8_t *plane, int stride, int w, int h, int rows)
{
	int step = rows > 0 ? 1 : -1;

	for (int y = step > 0 ? 0 : h - 1; y >= 0 && y < h; y += step)
		if (y + rows >= 0 && y + rows < h)
			memcpy(plane + y * stride, plane + (y + rows) * stride,
			    (size_t)w);
}

/* All but an edge of some shape; what comes in is what was there. */
static void
scroll_some(struct scene *s)
{
	int w = s->picture.width, h = s->picture.height;
	int x = draw(2) ? 0 : draw(w / 2) & ~1,
	    y = draw(2) ? 0 : draw(h / 2) & ~1;

	w = draw(2) ? w - x : (1 + draw(w - x)) & ~1;
	h = draw(2) ? h - y : (1 + draw(h - y)) & ~1;
	s->scroll = draw(2) ? draw(16) - 8 : draw(2 * h + 8) - h;
	for (int i = 0; i < 3; i++)
		scroll_plane(s->picture.plane[i] +
			(y >> !!i) * s->picture.stride[i] + (x >> !!i),
		    s->picture.stride[i], w >> !!i, h >> !!i, s->scroll >> !!i);
	if (w && h)
		mark_changed(s, x, y, w, h);
}

/* A rectangle of at most so many pixels either way, margin off the edges. */
static void
change_some(struct scene *s, int most, int margin)
{
	int room_x = even(s->picture.width) - 2 * margin;
	int room_y = even(s->picture.height) - 2 * margin;
	int w = even(1 + draw(most < room_x ? most : room_x));
	int h = even(1 + draw(most < room_y ? most : room_y));

	change(s, margin + (draw(room_x - w + 1) & ~1),
	    margin + (draw(room_y - h + 1) & ~1), w, h, draw(5));
}

static int
random_qp(void)
{
	static const int qps[] = { 0, 10, 14, 20, 30, 51 };

	return draw(2) ? qps[draw(6)] : draw(52);
}

/* A key picture and some more, mostly patches. */
static void
sequence(struct scene *s)
{
	int high = 11 + draw(41);

	encode(s, high, true);
	for (int i = 4 + draw(40); i; i--) {
		uint64_t before = s->want[s->count - 1];
		size_t size = draw(10) ? UNIT_MAX : (size_t)(1 + draw(400));

		if (draw(3) == 0)
			scroll_some(s);
		for (int k = draw(4); k; k--)
			change_some(s, draw(4) ? 24 : 120, draw(3) ? 4 : 0);
		if (draw(4)) {
			if (patch(s, random_qp(), size) > 0)
				continue;
			s->refused++;
		}
		s->kept &= hash_target(s) == before;
		encode(s, 11 + draw(41), false);
		if (draw(4))
			continue;
		before = s->want[s->count - 1];
		encode(s, 51, false); /* nothing is marked */
		s->kept &= hash_target(s) == before;
	}
}

/* The number of pictures that ffmpeg decodes to what they should be. */
static size_t
decode(struct scene *s)
{
	size_t w = (size_t)s->mb_width * 16, h = (size_t)s->mb_height * 16;
	uint8_t *frame = malloc(w * h * 3 / 2);
	size_t good = 0, i;
	char command[256];
	FILE *f;

	fflush(s->stream);
	snprintf(command, sizeof(command),
	    "exec ffmpeg -v warning -xerror -err_detect explode "
	    "-threads 1 -flags2 +ignorecrop -f h264 -i /dev/fd/%d -fps_mode "
	    "passthrough "
	    "-f rawvideo -pix_fmt yuv420p -",
	    fileno(s->stream));
	rewind(s->stream);
	f = popen(command, "r");
	for (i = 0; fread(frame, 1, w * h * 3 / 2, f) == w * h * 3 / 2; i++) {
		bool same = i < s->count &&
		    hash(1, frame, 1, w * h * 3 / 2) == s->want[i];

		if (!same && good == i)
			printf("# picture %zu is wrong\n", i);
		good += same;
	}
	if (i != s->count)
		printf("# %zu pictures decoded of %zu\n", i, s->count);
	free(frame);
	return pclose(f) ? 0 : good;
}

static void
is_decoded(struct scene *s)
{
	int w = s->picture.width, h = s->picture.height;

	if (system("command -v ffmpeg >/dev/null"))
		ok(true, "%dx%d # SKIP no ffmpeg", w, h);
	else
		is_int(decode(s), s->count,
		    "%dx%d: %zu patches among %zu pictures", w, h, s->patches,
		    s->count);
}

static void
test_stream(int width, int height, int sequences)
{
	static struct scene s;

	scene_open(&s, width, height);
	while (sequences--)
		sequence(&s);
	is_decoded(&s);
	is_int(s.far, 0, "patches are like the source");
	ok(s.kept, "x264 keeps them, and %zu refused change nothing",
	    s.refused);
	scene_close(&s);
}

/* The greatest level there can be, behind three of 1: of Cb's DC. */
static void
test_escape(void)
{
	static struct scene s;
	uint8_t *cb;

	scene_open(&s, 64, 64);
	cb = s.picture.plane[1];
	memset(cb, 0, (size_t)(s.picture.stride[1] * 32));
	encode(&s, 11, true);
	for (int y = 8; y < 16; y++)
		memset(cb + y * s.picture.stride[1] + 8, 255, 8);
	memset(cb + 9 * s.picture.stride[1] + 8, 253, 3);
	s.constant[5] = 0;
	ok(patch(&s, 0, UNIT_MAX) > 0, "from one end of a colour to the other");
	is_decoded(&s);
	scene_close(&s);
}

static void
test_edges(void)
{
	static const int places[][2] = { { 32, 0 }, { 0, 32 }, { 62, 32 },
		{ 32, 62 } };
	static struct scene s;

	scene_open(&s, 64, 64);
	s.margin = 0;
	encode(&s, 20, true);
	for (size_t i = 0; i < LEN(places); i++) {
		uint64_t before = hash_target(&s);

		change(&s, 20, 20, 8, 8, 1);
		change(&s, places[i][0], places[i][1], 2, 2, 1);
		is_int(patch(&s, 20, UNIT_MAX), -EDOM, "no patch at %d,%d",
		    places[i][0], places[i][1]);
		ok(hash_target(&s) == before, "nothing has changed");
		encode(&s, 20, false);
	}
	scene_close(&s);
	scene_open(&s, 1920, 1080);
	s.margin = 0;
	encode(&s, 20, true);
	change(&s, 32, 1078, 2, 2, 1);
	ok(patch(&s, 20, UNIT_MAX) > 0, "the last visible row can be patched");
	scene_close(&s);
}

static int
clip(int v, int end)
{
	return v < 0 ? 0 : v < end ? v : end - 1;
}

/* All of the source, what comes in repeats the edge. */
static void
move(struct scene *s, int dx, int dy)
{
	static uint8_t copy[1 << 16];

	for (int i = 0; i < 3; i++) {
		int w = s->picture.width >> !!i, h = s->picture.height >> !!i;
		int stride = s->picture.stride[i];

		memcpy(copy, s->picture.plane[i], (size_t)(stride * h));
		for (int y = 0; y < h; y++)
			for (int x = 0; x < w; x++)
				s->picture.plane[i][y * stride + x] =
				    copy[clip(y - (dy >> !!i), h) * stride +
					clip(x - (dx >> !!i), w)];
	}
	memset(s->constant, 0, (size_t)(s->mb_width * s->mb_height));
}

/*
 * A border is patched, then all moves inwards, so that x264 finds what is new
 * beyond the edge.
 */
static void
test_margin(void)
{
	static const int moves[][2] = { { 8, 0 }, { -8, 0 }, { 0, 8 },
		{ 0, -8 }, { 8, 8 }, { -8, 8 }, { 8, -8 }, { -8, -8 } };
	static struct scene s;

	scene_open(&s, 128, 96);
	encode(&s, 14, true);
	for (size_t i = 0; i < LEN(moves); i++) {
		change(&s, 0, 0, 128, 2, 1);
		change(&s, 0, 94, 128, 2, 1);
		change(&s, 0, 0, 2, 96, 1);
		change(&s, 126, 0, 2, 96, 1);
		if (patch(&s, 14, UNIT_MAX) <= 0)
			abort();
		move(&s, moves[i][0], moves[i][1]);
		encode(&s, 30, false);
	}
	is_decoded(&s);
	scene_close(&s);
}

static void
test_space(void)
{
	static struct scene s;
	uint64_t before, after;
	size_t left = 0;
	ssize_t n;

	scene_open(&s, 1920, 1080);
	encode(&s, 20, true);
	before = hash_target(&s);
	change(&s, 100, 100, 100, 100, 0);
	for (size_t size = 0; size < 4000; size += 1 + size / 20) {
		memset(s.constant + 6 * s.mb_width + 6, 0, 7);
		left +=
		    patch(&s, 20, size) != -ENOSPC || hash_target(&s) != before;
	}
	is_int(left, 0, "too little room changes nothing");
	n = patch(&s, 20, UNIT_MAX);
	after = hash_target(&s);
	encode(&s, 51, true);
	change(&s, 16, 16, 1888, 1040, 1);
	before = hash_target(&s);
	is_int(patch(&s, 20, 1000), -ENOSPC, "too little for much");
	ok(n > 0 && after != before && hash_target(&s) == before,
	    "change nothing either");
	scene_close(&s);
}

/* What patch_learn() makes of what x264 says for other parameters. */
static int
learn(struct scene *s, const x264_param_t *param)
{
	x264_param_t p = *param;
	x264_t *x264 = x264_encoder_open(&p);
	x264_nal_t *nals;
	int count, err;

	if (!x264 || x264_encoder_headers(x264, &nals, &count) < 0)
		abort();
	err = learn_from(s->patch, nals);
	x264_encoder_close(x264);
	return err;
}

/* Prefixes of one of both parameter sets, that are taken for something. */
static int
wrong_prefixes(struct patch *p, const x264_nal_t *nals, int which)
{
	int wrong = 0, last = -EBADMSG;

	for (int n = 0; n < nals[which].i_payload; n++) {
		uint8_t *copy = exact(nals[which].p_payload, (size_t)n);
		x264_nal_t cut[2] = { nals[0], nals[1] };
		int err;

		cut[which].p_payload = copy;
		cut[which].i_payload = n;
		err = learn_from(p, cut);
		wrong += err ? err != -EBADMSG || last == 0 : n < 7;
		last = err;
		free(copy);
	}
	return wrong;
}

static void
test_learn(void)
{
	static struct scene s;
	x264_param_t param, p;
	uint8_t bytes[64] = { 0, 0, 0, 1 };
	x264_nal_t *nals;
	int count;

	scene_open(&s, 64, 48);
	x264_encoder_parameters(s.x264, &param);
	is_int(learn(&s, &param), 0, "parameter sets are read");
	p = param, p.i_height = 64;
	is_int(learn(&s, &p), -ENOTSUP, "of another size");
	p = param, p.i_bframe = 1;
	is_int(learn(&s, &p), -ENOTSUP, "with B pictures");
	p = param, p.b_interlaced = 1;
	is_int(learn(&s, &p), -ENOTSUP, "interlaced");
	p = param, p.b_cabac = 1;
	is_int(learn(&s, &p), -ENOTSUP, "with CABAC");
	p = param, p.i_frame_reference = 2;
	is_int(learn(&s, &p), -ENOTSUP, "with two references");
	p = param, p.i_csp = X264_CSP_I444;
	is_int(learn(&s, &p), -ENOTSUP, "4:4:4");
	x264_encoder_headers(s.x264, &nals, &count);
	is_int(wrong_prefixes(s.patch, nals, 0), 0,
	    "prefixes are bad, but what is not needed may go");
	is_int(wrong_prefixes(s.patch, nals, 1), 0, "of a PPS as well");
	for (int i = 0; i < 300000; i++) {
		size_t n = (size_t)draw(64);
		uint8_t *copy;

		for (size_t k = 4; k < sizeof(bytes); k++)
			bytes[k] = (uint8_t)(draw(256) & draw(256));
		bytes[4] = i % 2 ? 0x67 : 0x68;
		copy = exact(bytes, n);
		patch_learn(s.patch, i % 2 ? copy : nals[0].p_payload,
		    i % 2 ? n : (size_t)nals[0].i_payload,
		    i % 2 ? nals[1].p_payload : copy,
		    i % 2 ? (size_t)nals[1].i_payload : n);
		free(copy);
	}
	ok(true, "random bytes do no harm");
	scene_close(&s);
}

/* Bits, most significant first, as characters. */
struct text {
	char bits[1024];
	size_t len;
};

static void
text_put(struct text *t, unsigned int v, int n)
{
	while (n--)
		t->bits[t->len++] = (char)('0' + (v >> n & 1));
}

static void
text_put_ue(struct text *t, unsigned int v)
{
	int n = 1;

	while ((v + 1) >> n)
		n++;
	text_put(t, 0, n - 1);
	text_put(t, v + 1, n);
}

/* Behind 00 00 01, with emulation prevention; the length. */
static size_t
text_nal(const struct text *t, uint8_t *out)
{
	size_t n = 3, zeros = 0;

	memcpy(out, "\0\0\1", 3);
	for (size_t i = 0; i < t->len; i += 8) {
		char bits[9] = { 0 };
		unsigned long v;

		memcpy(bits, t->bits + i, 8);
		v = strtoul(bits, NULL, 2);
		if (zeros == 2 && v <= 3) {
			out[n++] = 3;
			zeros = 0;
		}
		zeros = v ? 0 : zeros + 1;
		out[n++] = (uint8_t)v;
	}
	return n;
}

static void
test_renumber(void)
{
	static struct scene s;
	size_t refused = 0, wrong = 0;

	scene_open(&s, 64, 48);
	encode(&s, 20, true);
	for (int i = 0; i < 20000; i++) {
		size_t at, n, old, zeros = (size_t)draw(2);
		unsigned int num = (unsigned int)draw(16);
		uint8_t want[256], nal[257] = { 0 }, *copy;
		struct text t = { 0 };
		int err;

		text_put(&t, 0x41, 8);
		text_put_ue(&t, draw(2) ? 0 : (unsigned int)draw(70000));
		text_put_ue(&t, draw(2) ? 0 : 5);
		text_put_ue(&t, (unsigned int)draw(3));
		at = t.len;
		text_put(&t, (unsigned int)(draw(16) & draw(16)), 4);
		while (t.len % 8)
			text_put(&t, draw(5) == 0, 1);
		for (int k = draw(12); k; k--)
			text_put(&t, draw(3) ? 0 : (unsigned int)draw(256), 8);
		text_put(&t, 0x80, 8);
		old = zeros + text_nal(&t, nal + zeros);
		t.len = at;
		text_put(&t, num, 4);
		t.len = strlen(t.bits);
		n = text_nal(&t, want);
		copy = exact(nal, old);
		err = patch_renumber(s.patch, copy, old, num + 16);
		refused += err == -ENOSPC;
		if (err)
			wrong += err != -ENOSPC || zeros || n <= old ||
			    memcmp(copy, nal, old) != 0;
		else
			wrong += n > old || memcmp(copy + old - n, want, n);
		for (size_t k = 0; !err && k + n < old; k++)
			wrong += copy[k] != 0;
		free(copy);
		copy = exact(nal, at / 8);
		wrong += patch_renumber(s.patch, copy, at / 8, num) != -EBADMSG;
		free(copy);
	}
	is_int(wrong, 0, "numbers and emulation prevention (%zu no room)",
	    refused);
	scene_close(&s);
}

static void
test_open(void)
{
	struct patch *p = NULL;

	for (int n = 0; n < 4; n++) {
		int err;

		allocations = n;
		err = patch_open(&p, 4, 3);
		allocations = -1;
		is_int(err, -ENOMEM, "allocation %d fails", n);
		ok(!p, "and nothing is left");
	}
	patch_close(p);
}

int
main(void)
{
	test_open();
	test_learn();
	test_renumber();
	test_edges();
	test_margin();
	test_space();
	test_escape();
	test_stream(16, 16, 40);
	test_stream(32, 48, 60);
	test_stream(66, 50, 80);
	test_stream(333, 257, 80);
	test_stream(640, 360, 20);
	test_stream(1920, 1080, 4);
	return done_testing();
}
