#include "rfb/wants.h"

static const struct {
	int32_t encoding;
	unsigned int feature;
} features[] = {
	{ RFB_COPYRECT, RFB_WANTS_COPYRECT },
	{ RFB_CURSOR, RFB_WANTS_CURSOR },
	{ RFB_XCURSOR, RFB_WANTS_XCURSOR },
	{ RFB_ALPHA_CURSOR, RFB_WANTS_ALPHA_CURSOR },
	{ RFB_VMWARE_CURSOR, RFB_WANTS_VMWARE_CURSOR },
	{ RFB_POINTER_POS, RFB_WANTS_POINTER_POS },
	{ RFB_VMWARE_POS, RFB_WANTS_VMWARE_POS },
	{ RFB_DESKTOP_SIZE, RFB_WANTS_SIZE },
	{ RFB_EXTENDED_SIZE, RFB_WANTS_EXTENDED_SIZE },
	{ RFB_DESKTOP_NAME, RFB_WANTS_NAME },
	{ RFB_LAST_RECT, RFB_WANTS_LAST_RECT },
	{ RFB_FENCES, RFB_WANTS_FENCES },
	{ RFB_CONTINUOUS_UPDATES, RFB_WANTS_CONTINUOUS },
	{ RFB_EXTENDED_CLIPBOARD, RFB_WANTS_CLIPBOARD },
	{ RFB_QEMU_KEYS, RFB_WANTS_QEMU_KEYS },
	{ RFB_QEMU_AUDIO, RFB_WANTS_QEMU_AUDIO },
	{ RFB_QEMU_LEDS, RFB_WANTS_QEMU_LEDS },
	{ RFB_VMWARE_LEDS, RFB_WANTS_VMWARE_LEDS },
	{ RFB_MORE_BUTTONS, RFB_WANTS_BUTTONS },
};

static unsigned int
feature_of(int32_t encoding)
{
	for (size_t i = 0; i < sizeof(features) / sizeof(*features); i++)
		if (features[i].encoding == encoding)
			return features[i].feature;
	return 0;
}

/* What the ten levels of quality are: of a JPEG, and of its hues. */
static const struct {
	int quality;
	enum rfb_hues hues;
} levels[] = {
	{ 15, RFB_HUES_QUARTER },
	{ 25, RFB_HUES_QUARTER },
	{ 35, RFB_HUES_QUARTER },
	{ 45, RFB_HUES_QUARTER },
	{ 55, RFB_HUES_QUARTER },
	{ 65, RFB_HUES_QUARTER },
	{ 75, RFB_HUES_HALF },
	{ 82, RFB_HUES_HALF },
	{ 88, RFB_HUES_ALL },
	{ 95, RFB_HUES_ALL },
};

/* What was said of levels, -1: nothing. */
struct said {
	int compress, quality, fine, hues;
};

static bool
is_level(int32_t encoding, int32_t lowest, int highest, int *level)
{
	if (encoding < lowest || encoding > lowest + highest)
		return false;
	*level = encoding - lowest;
	return true;
}

static void
read_level(struct said *said, int32_t encoding)
{
	if (!is_level(encoding, RFB_COMPRESS, 9, &said->compress) &&
	    !is_level(encoding, RFB_QUALITY, 9, &said->quality) &&
	    !is_level(encoding, RFB_FINE_QUALITY, 100, &said->fine))
		is_level(encoding, RFB_HUES, 5, &said->hues);
}

/* What is finer counts; hues of fewer pixels than a quarter are a quarter. */
static void
set_levels(struct rfb_wants *w, const struct said *said)
{
	w->compress = said->compress;
	w->quality = -1;
	if (said->quality >= 0) {
		w->quality = levels[said->quality].quality;
		w->hues = levels[said->quality].hues;
	}
	if (said->fine >= 0)
		w->quality = said->fine ? said->fine : 1;
	if (said->hues >= 0)
		w->hues = said->hues > RFB_HUES_NONE
		    ? RFB_HUES_QUARTER
		    : (enum rfb_hues)said->hues;
}

void
rfb_wants_read(struct rfb_wants *w, const uint8_t *list, size_t n)
{
	struct rbuf r = rbuf_of(list, 4 * n);
	struct said said = { -1, -1, -1, -1 };
	const struct rfb_encoder *first = NULL;

	*w = (struct rfb_wants){ 0 };
	for (; n; n--) {
		int32_t encoding = (int32_t)rbuf_u32(&r);
		const struct rfb_encoder *e = rfb_encoder_of(encoding);

		w->features |= feature_of(encoding);
		read_level(&said, encoding);
		w->video |= !first && encoding == RFB_VIDEO;
		if (!first)
			first = e;
		if (e && !e->lossy && !w->exact)
			w->exact = e;
	}
	set_levels(w, &said);
	if (!w->exact)
		w->exact = &rfb_raw;
	w->encoder = first && w->quality > 0 ? first : w->exact;
}
