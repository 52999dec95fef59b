#include "keys.h"

#include <errno.h>
#include <linux/input-event-codes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	XKB_OFFSET = 8,   /* an X keycode is so much more than the kernel's */
	SET1_SAME = 0x59, /* below it the kernel's code is the scan code */
};

/* Those that have 0xe0 before them. */
static const uint8_t extended_keys[128] = {
	[0x1c] = KEY_KPENTER,
	[0x1d] = KEY_RIGHTCTRL,
	[0x20] = KEY_MUTE,
	[0x2e] = KEY_VOLUMEDOWN,
	[0x30] = KEY_VOLUMEUP,
	[0x35] = KEY_KPSLASH,
	[0x37] = KEY_SYSRQ,
	[0x38] = KEY_RIGHTALT,
	[0x45] = KEY_NUMLOCK,
	[0x46] = KEY_PAUSE,
	[0x47] = KEY_HOME,
	[0x48] = KEY_UP,
	[0x49] = KEY_PAGEUP,
	[0x4b] = KEY_LEFT,
	[0x4d] = KEY_RIGHT,
	[0x4f] = KEY_END,
	[0x50] = KEY_DOWN,
	[0x51] = KEY_PAGEDOWN,
	[0x52] = KEY_INSERT,
	[0x53] = KEY_DELETE,
	[0x5b] = KEY_LEFTMETA,
	[0x5c] = KEY_RIGHTMETA,
	[0x5d] = KEY_COMPOSE,
};

int
keys_open(struct keys *k)
{
	static const struct xkb_rule_names names = { .layout = "us" };
	struct xkb_context *c =
	    xkb_context_new(XKB_CONTEXT_NO_ENVIRONMENT_NAMES);

	if (!c)
		return -ENOMEM;
	k->map =
	    xkb_keymap_new_from_names(c, &names, XKB_KEYMAP_COMPILE_NO_FLAGS);
	xkb_context_unref(c);
	if (!k->map)
		return -ENOENT;
	k->state = xkb_state_new(k->map);
	return k->state ? 0 : -ENOMEM;
}

static int
use(struct keys *k, struct xkb_keymap *map)
{
	struct xkb_state *state = map ? xkb_state_new(map) : NULL;

	if (!state) {
		xkb_keymap_unref(map);
		return -EBADMSG;
	}
	xkb_state_unref(k->state);
	xkb_keymap_unref(k->map);
	k->state = state;
	k->map = map;
	memset(k->down, 0, sizeof(k->down));
	return 0;
}

int
keys_load(struct keys *k, int fd)
{
	struct xkb_context *c = xkb_context_new(
	    XKB_CONTEXT_NO_ENVIRONMENT_NAMES | XKB_CONTEXT_NO_DEFAULT_INCLUDES);
	struct stat st;
	void *text = MAP_FAILED;
	int err = -ENOMEM;

	if (c && !fstat(fd, &st) && st.st_size > 0)
		text = mmap(
		    NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text != MAP_FAILED) {
		err = use(k,
		    xkb_keymap_new_from_buffer(c, text, (size_t)st.st_size,
			XKB_KEYMAP_FORMAT_TEXT_V1,
			XKB_KEYMAP_COMPILE_NO_FLAGS));
		munmap(text, (size_t)st.st_size);
	}
	xkb_context_unref(c);
	close(fd);
	return err;
}

static uint8_t
place(uint8_t code, bool extended)
{
	if (extended)
		return code < sizeof(extended_keys) ? extended_keys[code] : 0;
	return code < SET1_SAME ? code : 0;
}

uint32_t
keys_change(struct keys *k, uint8_t code, bool extended, bool down)
{
	uint8_t key = place(code, extended);
	xkb_keycode_t keycode = key + XKB_OFFSET;
	uint32_t sym = k->down[key];

	if (!key || (!down && !sym))
		return 0;
	if (!sym)
		sym = xkb_state_key_get_one_sym(k->state, keycode);
	if (!down || !k->down[key])
		xkb_state_update_key(
		    k->state, keycode, down ? XKB_KEY_DOWN : XKB_KEY_UP);
	k->down[key] = down ? sym : 0;
	return sym;
}

bool
keys_are_down(const struct keys *k, uint32_t keysym)
{
	for (int key = 0; key < KEYS; key++)
		if (k->down[key] == keysym)
			return true;
	return false;
}

static xkb_mod_mask_t
mask(const struct keys *k, const char *name)
{
	xkb_mod_index_t i = xkb_keymap_mod_get_index(k->map, name);

	return i == XKB_MOD_INVALID ? 0 : 1U << i;
}

void
keys_locks(struct keys *k, bool caps, bool num)
{
	xkb_mod_mask_t locked = (caps ? mask(k, XKB_MOD_NAME_CAPS) : 0) |
	    (num ? mask(k, XKB_MOD_NAME_NUM) : 0);

	for (uint8_t key = 1; key < KEYS - 1; key++)
		if (k->down[key])
			xkb_state_update_key(
			    k->state, key + XKB_OFFSET, XKB_KEY_UP);
	memset(k->down, 0, sizeof(k->down));
	xkb_state_update_mask(k->state, 0, 0, locked, 0, 0, 0);
}
