/* Encoding 21 of the RFB protocol's community edition: a JPEG and no more */
#include "rfb/jpeg.h"

#include <errno.h>
#include <turbojpeg.h>

enum {
	AREA_MIN = 1024, /* pixels; less is hardly more than a JPEG's head, */
	HEAD = 2048,     /* which has at most so many bytes, */
	PIXEL = 8,       /* and a pixel these, if not too many are added */
};

static int
subsampling(const struct rfb_wish *wish)
{
	static const int all[] = {
		[RFB_HUES_ALL] = TJSAMP_444,
		[RFB_HUES_QUARTER] = TJSAMP_420,
		[RFB_HUES_HALF] = TJSAMP_422,
		[RFB_HUES_NONE] = TJSAMP_GRAY,
	};

	return all[wish->hues];
}

int
jpeg_open(void *jpeg)
{
	struct jpeg *j = jpeg;

	j->turbo = tjInitCompress();
	return j->turbo ? 0 : -ENOMEM;
}

void
jpeg_close(void *jpeg)
{
	struct jpeg *j = jpeg;

	tjDestroy(j->turbo);
}

bool
jpeg_may(const struct rfb_wish *wish, struct rect r)
{
	size_t area = (size_t)r.w * r.h;

	return wish->quality > 0 && wish->format.true_colour &&
	    wish->format.bits >= 16 && area >= AREA_MIN &&
	    tjBufSize(r.w, r.h, subsampling(wish)) <= area * PIXEL + HEAD;
}

size_t
jpeg_bound(size_t pixels)
{
	return pixels * PIXEL + (pixels / AREA_MIN + 1) * HEAD;
}

bool
jpeg_write(struct jpeg *j, const struct rfb_picture *p, struct rect r,
    const struct rfb_wish *wish, struct wbuf *out)
{
	const uint8_t *from = p->pixels + r.y * p->stride + (size_t)r.x * 4;
	unsigned long room = tjBufSize(r.w, r.h, subsampling(wish)), len = room;
	unsigned char *to = out->p;

	/* The accurate transform is the one that has AVX2: it is faster. */
	if (out->bad || (size_t)(out->end - out->p) < room ||
	    tjCompress2(j->turbo, from, r.w, (int)p->stride, r.h, TJPF_BGRX,
		&to, &len, subsampling(wish), wish->quality,
		TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT))
		return false;
	out->p += len;
	return true;
}

static size_t
bound(void *state, size_t pixels)
{
	(void)state;
	return RFB_RECT_HEADER + jpeg_bound(pixels);
}

/* What cannot be a JPEG is Raw, which everybody knows. */
static struct rfb_written
encode(void *state, const struct rfb_picture *p, struct rect r,
    const struct rfb_wish *wish, struct wbuf *out)
{
	uint8_t *start = out->p;

	rfb_rect(out, r, RFB_JPEG);
	if (jpeg_may(wish, r) && jpeg_write(state, p, r, wish, out))
		return (struct rfb_written){ .rects = 1, .lossy = true };
	out->p = start;
	return rfb_raw.encode(NULL, p, r, wish, out);
}

const struct rfb_encoder rfb_jpeg = {
	.encoding = RFB_JPEG,
	.width = 2048,
	.rows = 16,
	.state = sizeof(struct jpeg),
	.open = jpeg_open,
	.close = jpeg_close,
	.bound = bound,
	.encode = encode,
	.lossy = true,
};
