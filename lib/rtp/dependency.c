#include "rtp/dependency.h"

enum {
	LAST = 1 << 6,

	/* Templates of the structure that comes with each key picture. */
	KEY = 0,
	NEXT = 1, /* needs the one before */

	SWITCH = 2, /* decode_target_indication */
	END = 3,    /* next_layer_idc */
	STEP_BITS = 4,
};

/* Some bits, of which the last is the lowest. */
struct string {
	uint64_t bits;
	unsigned int count;
};

static void
put(struct string *s, unsigned int value, unsigned int count)
{
	s->bits = s->bits << count | value;
	s->count += count;
}

/* template_dependency_structure() */
static void
put_structure(struct string *s)
{
	put(s, 0, 6);      /* template_id_offset */
	put(s, 0, 5);      /* dt_cnt_minus_one */
	put(s, 0, 2);      /* NEXT is of the same layer, */
	put(s, END, 2);    /* and the last */
	put(s, SWITCH, 2); /* KEY */
	put(s, SWITCH, 2); /* NEXT */
	put(s, 0, 1);      /* KEY needs nothing */
	put(s, 1, 1);
	put(s, 0, STEP_BITS); /* fdiff_minus_one */
	put(s, 0, 1);
	put(s, 0, 1); /* chain_cnt */
	put(s, 0, 1); /* resolutions_present_flag */
}

/* frame_fdiffs() */
static void
put_back(struct string *s, unsigned int back)
{
	unsigned int size = 1;

	while (back > 1u << STEP_BITS * size)
		size++;
	put(s, size, 2);
	put(s, back - 1, STEP_BITS * size);
	put(s, 0, 2);
}

size_t
dependency_encode(
    const struct dependency *d, bool first, uint8_t out[DEPENDENCY_MAX])
{
	bool structure = first && d->back == 0, custom = d->back > 1;
	struct string s = { 0 };
	size_t len;

	put(&s, first, 1);
	put(&s, 0, 1); /* until dependency_end() */
	put(&s, d->back ? NEXT : KEY, 6);
	put(&s, d->number, 16);
	if (structure || custom) {
		put(&s, structure, 1);
		put(&s, 0, 2); /* all decode targets, as the template says */
		put(&s, custom, 1);
		put(&s, 0, 1); /* no chains */
	}
	if (structure)
		put_structure(&s);
	if (custom)
		put_back(&s, d->back);
	put(&s, 0, -s.count & 7);
	len = s.count / 8;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(s.bits >> 8 * (len - 1 - i));
	return len;
}

void
dependency_end(uint8_t *descriptor)
{
	*descriptor |= LAST;
}
