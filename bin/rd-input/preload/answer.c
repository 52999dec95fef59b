#include "answer.h"

#include <errno.h>
#include <linux/input.h>
#include <linux/joystick.h>
#include <string.h>

#include "pad/pad.h"

/* As much of data as the request has room for; how much that is. */
static int
give(void *arg, unsigned long request, const void *data, size_t len)
{
	size_t room = _IOC_SIZE(request);

	if (len > room)
		len = room;
	memcpy(arg, data, len);
	return (int)len;
}

static void
set_bit(unsigned char *bits, unsigned int bit)
{
	bits[bit / 8] |= (unsigned char)(1u << bit % 8);
}

/* Which codes of a type there are; type 0: which types. */
static int
give_bits(void *arg, unsigned long request, unsigned int type)
{
	unsigned char bits[KEY_CNT / 8] = { 0 };

	if (type == 0)
		set_bit(bits, EV_SYN);
	for (int i = 0; i < PAD_CONTROLS; i++)
		if (type == 0)
			set_bit(bits, pad_controls[i].type);
		else if (pad_controls[i].type == type)
			set_bit(bits, pad_controls[i].code);
	memset(arg, 0, _IOC_SIZE(request));
	return give(arg, request, bits, sizeof(bits));
}

static int
give_axis(void *arg, unsigned int code)
{
	for (int i = PAD_KEYS; i < PAD_CONTROLS; i++) {
		const struct pad_control *c = &pad_controls[i];

		if (c->code != code)
			continue;
		*(struct input_absinfo *)arg =
		    (struct input_absinfo){ .minimum = c->min,
			    .maximum = c->max,
			    .fuzz = c->fuzz,
			    .flat = c->flat };
		return 0;
	}
	return -EINVAL;
}

static int
answer_event(unsigned long request, void *arg)
{
	static const struct input_id id = { BUS_USB, PAD_VENDOR, PAD_PRODUCT,
		PAD_VERSION };
	unsigned int nr = _IOC_NR(request);

	switch (request) {
	case EVIOCGVERSION:
		*(int *)arg = EV_VERSION;
		return 0;
	case EVIOCGID:
		*(struct input_id *)arg = id;
		return 0;
	case EVIOCGEFFECTS:
		*(int *)arg = 0;
		return 0;
	case EVIOCGRAB:
	case EVIOCSCLOCKID:
		return 0;
	}
	if (nr == _IOC_NR(EVIOCGNAME(0)))
		return give(arg, request, PAD_NAME, sizeof(PAD_NAME));
	if (_IOC_DIR(request) != _IOC_READ)
		return -EINVAL;
	if (nr >= _IOC_NR(EVIOCGBIT(0, 0)) && nr < _IOC_NR(EVIOCGABS(0)))
		return give_bits(arg, request, nr & EV_MAX);
	if (nr >= _IOC_NR(EVIOCGABS(0)))
		return give_axis(arg, nr & ABS_MAX);
	if (nr == _IOC_NR(EVIOCGPHYS(0)) || nr == _IOC_NR(EVIOCGUNIQ(0)))
		return -ENOENT;
	if (nr == _IOC_NR(EVIOCGPROP(0)) || nr == _IOC_NR(EVIOCGKEY(0)) ||
	    nr == _IOC_NR(EVIOCGLED(0)) || nr == _IOC_NR(EVIOCGSND(0)) ||
	    nr == _IOC_NR(EVIOCGSW(0))) {
		memset(arg, 0, _IOC_SIZE(request));
		return (int)_IOC_SIZE(request);
	}
	return -EINVAL;
}

static int
give_axis_map(void *arg, unsigned long request)
{
	uint8_t map[PAD_AXES];

	for (int i = 0; i < PAD_AXES; i++)
		map[i] = (uint8_t)pad_controls[PAD_KEYS + i].code;
	give(arg, request, map, sizeof(map));
	return 0;
}

static int
give_button_map(void *arg, unsigned long request)
{
	uint16_t map[PAD_KEYS];

	for (int i = 0; i < PAD_KEYS; i++)
		map[i] = pad_controls[i].code;
	give(arg, request, map, sizeof(map));
	return 0;
}

static int
answer_js(unsigned long request, void *arg)
{
	unsigned int nr = _IOC_NR(request);

	switch (request) {
	case JSIOCGVERSION:
		*(uint32_t *)arg = JS_VERSION;
		return 0;
	case JSIOCGAXES:
		*(uint8_t *)arg = PAD_AXES;
		return 0;
	case JSIOCGBUTTONS:
		*(uint8_t *)arg = PAD_KEYS;
		return 0;
	case JSIOCGCORR:
		memset(arg, 0, PAD_AXES * sizeof(struct js_corr));
		return 0;
	case JSIOCSCORR: /* told, not kept: the values are right */
		return 0;
	}
	if (nr == _IOC_NR(JSIOCGNAME(0)))
		return give(arg, request, PAD_NAME, sizeof(PAD_NAME));
	if (nr == _IOC_NR(JSIOCGAXMAP))
		return give_axis_map(arg, request);
	if (nr == _IOC_NR(JSIOCGBTNMAP))
		return give_button_map(arg, request);
	return -EINVAL;
}

int
pad_answer(enum pad_kind kind, unsigned long request, void *arg)
{
	if (_IOC_TYPE(request) != (kind == PAD_JS ? 'j' : 'E'))
		return -ENOTTY;
	return kind == PAD_JS ? answer_js(request, arg)
			      : answer_event(request, arg);
}
