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

static bool
is_level(int32_t encoding, int32_t lowest, int *level)
{
	if (encoding < lowest || encoding > lowest + 9)
		return false;
	*level = encoding - lowest;
	return true;
}

void
rfb_wants_read(struct rfb_wants *w, const uint8_t *list, size_t n)
{
	struct rbuf r = rbuf_of(list, 4 * n);

	*w = (struct rfb_wants){ .compress = -1, .quality = -1 };
	for (; n; n--) {
		int32_t encoding = (int32_t)rbuf_u32(&r);

		w->features |= feature_of(encoding);
		if (!w->encoder)
			w->encoder = rfb_encoder_of(encoding);
		if (!is_level(encoding, RFB_COMPRESS, &w->compress))
			is_level(encoding, RFB_QUALITY, &w->quality);
	}
	if (!w->encoder)
		w->encoder = &rfb_raw;
}
