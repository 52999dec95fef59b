/*
 * keys.h - from the keys of a PC's keyboard to what is on them
 *
 * RDP says where a key is, rd-events(5) what it means: that is looked up in
 * the layout that the client says it has.
 */
#ifndef RD_RDP_KEYS_H
#define RD_RDP_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include <xkbcommon/xkbcommon.h>

enum { KEYS = 256 };

struct keys {
	struct xkb_keymap *map;
	struct xkb_state *state;
	uint32_t down[KEYS]; /* the keysym that was pressed; 0: it is up */
};

/* Reads files; negative errno on failure. */
int keys_open(struct keys *k);
/*
 * Take the keymap whose text is the file fd, which is taken over.  Negative
 * errno on failure; then the keys are as before.
 */
int keys_load(struct keys *k, int fd);

/*
 * A key by its place in scan code set 1 is pressed or released: the keysym
 * that goes down or up, 0 when it is none.
 */
uint32_t keys_change(struct keys *k, uint8_t code, bool extended, bool down);

/* Is one that was pressed for this keysym not released yet? */
bool keys_are_down(const struct keys *k, uint32_t keysym);

/* Everything is up, and these locks are on. */
void keys_locks(struct keys *k, bool caps, bool num);

#endif
