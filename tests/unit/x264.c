/* rd-encode: pictures of which only parts are marked, decoded by ffmpeg */
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "../../bin/rd-encode/h264.h"

#include "../tap.h"

enum { WIDTH = 640, HEIGHT = 362, PICTURES = 120, FINE = 12 };

static const struct region all = { 1, { { 0, 0, WIDTH, HEIGHT } } };
static uint32_t seed;

static int
draw(int below)
{
	seed = seed * 1664525 + 1013904223;
	return (int)((seed >> 8) % (uint32_t)below);
}

static void
mark(struct picture *p, const struct rect *r)
{
	for (int y = r->y / PICTURE_MB; y <= (r->y + r->h - 1) / PICTURE_MB;
	     y++)
		for (int x = r->x / PICTURE_MB;
		     x <= (r->x + r->w - 1) / PICTURE_MB; x++) {
			uint8_t *at = &p->constant[y * p->mb_width + x];

			p->changed += *at;
			*at = 0;
		}
}

/* Text-like: dark strokes on light ground. */
static void
scribble(struct picture *p, const struct rect *r)
{
	mark(p, r);
	for (int y = r->y; y < r->y + r->h; y++)
		for (int x = r->x; x < r->x + r->w; x++)
			p->plane[0][y * p->stride[0] + x] =
			    draw(4) ? 220 : (uint8_t)(30 + draw(60));
}

static struct rect
random_rect(int most)
{
	struct rect r = { (uint16_t)draw(WIDTH), (uint16_t)draw(HEIGHT),
		(uint16_t)(1 + draw(most)), (uint16_t)(1 + draw(most)) };

	if (r.x + r.w > WIDTH)
		r.w = (uint16_t)(WIDTH - r.x);
	if (r.y + r.h > HEIGHT)
		r.h = (uint16_t)(HEIGHT - r.y);
	return r;
}

struct run {
	FILE *stream;
	size_t bytes;
	struct picture picture;
	struct h264 h264;
	unsigned int last; /* bytes of the last picture */
	size_t most;       /* bytes of a refinement */
	int parts;
};

static void
encode(struct run *run, int qp, bool key)
{
	struct h264_unit u;

	if (h264_encode(&run->h264, &run->picture, qp, key, &u) || u.key != key)
		abort();
	fwrite(u.data, 1, u.len, run->stream);
	run->bytes += u.len;
	run->last = (unsigned int)u.len;
}

static void
run_open(struct run *run, bool patches)
{
	seed = 7;
	*run = (struct run){ .stream = tmpfile() };
	if (!run->stream ||
	    picture_open(&run->picture, WIDTH, HEIGHT,
		&(struct picture_format){ .scale = 1 }) ||
	    h264_open(&run->h264, &run->picture, 60))
		abort();
	if (!patches) {
		patch_close(run->h264.patch);
		run->h264.patch = NULL;
	}
	scribble(&run->picture, &all.rects[0]);
}

/* All of it as fine as it gets, in parts or by x264. */
static void
refine(struct run *run, size_t bytes)
{
	struct h264_unit u;
	int more;

	do {
		more =
		    h264_refine(&run->h264, &run->picture, 22, FINE, bytes, &u);
		if (more < 0) {
			encode(run, FINE, false);
			return;
		}
		fwrite(u.data, 1, u.len, run->stream);
		run->bytes += u.len;
		run->most = u.len > run->most ? u.len : run->most;
		run->parts++;
	} while (more);
}

/* Changes and quantisers at random, in the end all as fine as it gets. */
static void
run_some(struct run *run, bool hints, bool patches)
{
	int qp = 30;

	run_open(run, patches);
	encode(run, qp, true);
	for (int i = 1; i < PICTURES; i++) {
		struct region damage = { 0 };

		for (int k = draw(4); k >= 0; k--)
			region_add(&damage, random_rect(draw(8) ? 40 : 300));
		for (unsigned int k = 0; k < damage.n; k++)
			scribble(&run->picture, &damage.rects[k]);
		if (!draw(6))
			qp = FINE + draw(40);
		if (!hints)
			mark(&run->picture, &all.rects[0]);
		encode(run, qp, !draw(40));
	}
	refine(run, 1 << 20);
	encode(run, FINE, false);
}

/* What a patch coded coarsely where x264 had been fine is refined as well. */
static void
run_coarse(struct run *run)
{
	static const struct region most = { 1, { { 0, 0, WIDTH, 200 } } };
	static const struct region some = { 1, { { 96, 240, 96, 96 } } };

	run_open(run, true);
	encode(run, FINE, true);
	scribble(&run->picture, &most.rects[0]);
	encode(run, 45, false);
	scribble(&run->picture, &some.rects[0]);
	encode(run, 45, false);
	refine(run, 1 << 20);
}

static void
run_parts(struct run *run)
{
	run_open(run, true);
	encode(run, 44, true);
	refine(run, 5000);
}

/*
 * Pictures from one on are lost to this decoder, which goes on with one that
 * refers to what it has; meanwhile others miss less.
 */
static void
run_lost(struct run *run, int lost, int until, uint32_t *from)
{
	FILE *stream, *gone = tmpfile();
	uint32_t other;

	run_open(run, true);
	stream = run->stream;
	for (int i = 0; i < until + 20; i++) {
		struct rect r = random_rect(i % 3 ? 40 : 300);

		run->h264.seq = (uint32_t)i;
		scribble(&run->picture, &r);
		if (i % 8 == 5)
			h264_keep(&run->h264);
		if (i == until - 3 && i > lost)
			h264_return(
			    &run->h264, (uint32_t)i - 1, &run->picture, &other);
		if (i == until)
			h264_return(
			    &run->h264, (uint32_t)lost, &run->picture, from);
		run->stream = i >= lost && i < until ? gone : stream;
		encode(run, 24, i == 0);
	}
	fclose(gone);
	refine(run, 1 << 20);
}

static void
run_close(struct run *run)
{
	fclose(run->stream);
	h264_close(&run->h264);
	picture_close(&run->picture);
}

/* Of the last picture's luma, and how many were decoded. */
static double
psnr(struct run *run, int *pictures)
{
	static uint8_t frame[WIDTH * HEIGHT * 3 / 2];
	char command[128];
	double sum = 0;
	FILE *out;

	fflush(run->stream);
	snprintf(command, sizeof(command),
	    "ffmpeg -v error -i /proc/%d/fd/%d -f rawvideo -pix_fmt yuv420p -",
	    (int)getpid(), fileno(run->stream));
	out = popen(command, "r");
	*pictures = 0;
	while (fread(frame, sizeof(frame), 1, out) == 1)
		++*pictures;
	if (pclose(out))
		return 0;
	for (int y = 0; y < HEIGHT; y++)
		for (int x = 0; x < WIDTH; x++) {
			int d = frame[y * WIDTH + x] -
			    run->picture
				.plane[0][y * run->picture.stride[0] + x];

			sum += d * d;
		}
	return 10 * log10(255. * 255 * WIDTH * HEIGHT / sum);
}

int
main(void)
{
	struct run hinted, patched, plain, coarse;
	double h, p, n;
	int count;

	if (system("command -v ffmpeg >/dev/null")) {
		ok(true, "# SKIP no ffmpeg");
		return done_testing();
	}
	run_some(&plain, false, false);
	n = psnr(&plain, &count);
	is_int(count, PICTURES + 2, "all marked: every picture is decoded");
	run_some(&hinted, true, false);
	h = psnr(&hinted, &count);
	is_int(count, PICTURES + 2, "marked as they changed");
	run_some(&patched, true, true);
	p = psnr(&patched, &count);
	is_int(count, PICTURES + 1 + patched.parts, "and patched");
	ok(h > n - 0.5, "what is not marked is as good: %.1f and %.1f dB", h,
	    n);
	ok(p > n - 0.5, "so is what was patched: %.1f dB", p);
	ok(patched.bytes < plain.bytes * 11 / 10, "in %zu bytes of %zu",
	    patched.bytes, plain.bytes);
	ok(patched.h264.patch, "x264 lets itself be patched");
	ok(patched.last < 60 && hinted.last < 60,
	    "nothing new is next to nothing: %u and %u bytes", patched.last,
	    hinted.last);
	run_parts(&coarse);
	p = psnr(&coarse, &count);
	is_int(count, coarse.parts + 1, "%d refinements are decoded",
	    coarse.parts);
	ok(coarse.parts > 3 && coarse.most < 6000, "of at most %zu bytes",
	    coarse.most);
	ok(p > n - 0.5, "to the finest: %.1f dB", p);
	run_close(&coarse);
	run_coarse(&coarse);
	p = psnr(&coarse, &count);
	ok(p > n - 0.5, "a coarse patch is refined: %.1f dB", p);
	run_close(&coarse);
	for (int until = 25; until < 35; until++) {
		int lost = until - 4 - (until * 7) % 15;
		uint32_t from = 0;

		run_lost(&coarse, lost, until, &from);
		p = psnr(&coarse, &count);
		ok(from && (int)from < lost && p > n - 0.5,
		    "%d to %d lost, goes on from %u: %d, %.1f dB", lost,
		    until - 1, from, count, p);
		run_close(&coarse);
	}
	run_close(&plain);
	run_close(&hinted);
	run_close(&patched);
	return done_testing();
}
