#include "shot.h"

#include <errno.h>
#include <png.h>
#include <stdlib.h>

static void
pump(struct shot *s)
{
	s->done += link_write(&s->link, s->png + s->done, s->len - s->done);
}

static void
shot_writable(struct link *l)
{
	struct shot *s = l->arg;

	pump(s);
	if (shot_ready(s))
		s->ready(s);
}

static void
shot_down(struct link *l, int err)
{
	struct shot *s = l->arg;

	s->closed(s, err);
}

static const struct link_ops shot_ops = {
	.writable = shot_writable,
	.down = shot_down,
};

int
shot_open(struct shot *s, struct loop *loop)
{
	struct link_config c = { .ops = &shot_ops, .arg = s };

	return link_open_stdout(&s->link, loop, &c);
}

void
shot_close(struct shot *s)
{
	link_close(&s->link);
	free(s->png);
	s->png = NULL;
}

bool
shot_ready(const struct shot *s)
{
	return link_is_up(&s->link) && s->done == s->len;
}

/* PNG has no use for the fourth byte. */
static uint8_t *
without_padding(const struct frames_geometry *g, const uint8_t *pixels)
{
	uint8_t *bgr = malloc((size_t)g->width * g->height * 3), *out = bgr;

	for (uint32_t y = 0; bgr && y < g->height; y++) {
		const uint8_t *in = pixels + (size_t)y * g->stride;

		for (uint32_t x = 0; x < g->width; x++, in += 4) {
			*out++ = in[0];
			*out++ = in[1];
			*out++ = in[2];
		}
	}
	return bgr;
}

int
shot_send(
    struct shot *s, const struct frames_geometry *g, const uint8_t *pixels)
{
	png_image image = { .version = PNG_IMAGE_VERSION,
		.width = g->width,
		.height = g->height,
		.format = PNG_FORMAT_BGR };
	png_alloc_size_t len = PNG_IMAGE_PNG_SIZE_MAX(image);
	uint8_t *bgr = without_padding(g, pixels);
	int good;

	free(s->png);
	s->png = malloc(len);
	good = bgr && s->png &&
	    png_image_write_to_memory(&image, s->png, &len, 0, bgr, 0, NULL);
	png_image_free(&image);
	free(bgr);
	s->done = 0;
	s->len = good ? len : 0;
	if (good)
		pump(s);
	return good ? 0 : -ENOMEM;
}
