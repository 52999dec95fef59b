#include "layouts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xkbcommon/xkbcommon.h>

/*
 * The lower 16 bits are a language, [MS-LCID], whose usual layout has no more
 * than them.
 */
static const struct layout {
	uint32_t id;
	const char *layout, *variant;
} layouts[] = {
	{ 0x0402, "bg", "" },
	{ 0x0405, "cz", "" },
	{ 0x0406, "dk", "" },
	{ 0x0407, "de", "" },
	{ 0x0408, "gr", "" },
	{ 0x040a, "es", "" },
	{ 0x040b, "fi", "" },
	{ 0x040c, "fr", "" },
	{ 0x040d, "il", "" },
	{ 0x040e, "hu", "" },
	{ 0x040f, "is", "" },
	{ 0x0410, "it", "" },
	{ 0x0411, "jp", "" },
	{ 0x0413, "nl", "" },
	{ 0x0414, "no", "" },
	{ 0x0415, "pl", "" },
	{ 0x0416, "br", "" },
	{ 0x0418, "ro", "" },
	{ 0x0419, "ru", "" },
	{ 0x041a, "hr", "" },
	{ 0x041b, "sk", "" },
	{ 0x041d, "se", "" },
	{ 0x041f, "tr", "" },
	{ 0x0422, "ua", "" },
	{ 0x0423, "by", "" },
	{ 0x0424, "si", "" },
	{ 0x0425, "ee", "" },
	{ 0x0426, "lv", "" },
	{ 0x0427, "lt", "" },
	{ 0x0807, "ch", "" },
	{ 0x0809, "gb", "" },
	{ 0x080a, "latam", "" },
	{ 0x080c, "be", "" },
	{ 0x0816, "pt", "" },
	{ 0x0c0c, "ca", "" },
	{ 0x100c, "ch", "fr" },
	{ 0x10409, "us", "dvorak" },
	{ 0x20409, "us", "intl" },
	{ 0x10407, "de", "T3" },
};

static const struct layout *
find(uint32_t id)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++)
		if (layouts[i].id == id)
			return &layouts[i];
	return id > UINT16_MAX ? find(id & UINT16_MAX) : NULL;
}

static char *
keymap_text(const struct layout *l)
{
	struct xkb_rule_names names = { .layout = l->layout,
		.variant = l->variant };
	struct xkb_context *c =
	    xkb_context_new(XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
	struct xkb_keymap *map = c
	    ? xkb_keymap_new_from_names(c, &names, XKB_KEYMAP_COMPILE_NO_FLAGS)
	    : NULL;
	char *text = map
	    ? xkb_keymap_get_as_string(map, XKB_KEYMAP_FORMAT_TEXT_V1)
	    : NULL;

	xkb_keymap_unref(map);
	xkb_context_unref(c);
	return text;
}

int
layout_open(uint32_t id)
{
	const struct layout *l = find(id);
	char *text = l ? keymap_text(l) : NULL;
	size_t len = text ? strlen(text) : 0;
	int fd = text ? memfd_create("keymap", MFD_CLOEXEC) : -1;
	int err = text ? -errno : -ENOENT;

	if (fd >= 0 && write(fd, text, len) != (ssize_t)len) {
		err = -ENOSPC;
		close(fd);
		fd = -1;
	}
	free(text);
	return fd >= 0 ? fd : err;
}
