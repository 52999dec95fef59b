#include <errno.h>
#include <fcntl.h>
#include <linux/uinput.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "gamepads.h"

static bool
set_up(int fd)
{
	struct uinput_setup setup = { .id = { BUS_USB, PAD_VENDOR, PAD_PRODUCT,
					  PAD_VERSION },
		.name = PAD_NAME };

	if (ioctl(fd, UI_SET_EVBIT, EV_KEY) || ioctl(fd, UI_SET_EVBIT, EV_ABS))
		return false;
	for (int i = 0; i < PAD_CONTROLS; i++) {
		const struct pad_control *c = &pad_controls[i];
		struct uinput_abs_setup abs = { .code = c->code,
			.absinfo = { .minimum = c->min,
			    .maximum = c->max,
			    .fuzz = c->fuzz,
			    .flat = c->flat } };

		if (c->type == EV_KEY ? ioctl(fd, UI_SET_KEYBIT, c->code)
				      : ioctl(fd, UI_ABS_SETUP, &abs))
			return false;
	}
	return !ioctl(fd, UI_DEV_SETUP, &setup) && !ioctl(fd, UI_DEV_CREATE);
}

int
uinput_plug(struct gamepad *p)
{
	int err;

	p->device = open("/dev/uinput", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (p->device == -1)
		return -errno;
	if (set_up(p->device))
		return 0;
	err = -errno;
	uinput_unplug(p);
	return err;
}

void
uinput_unplug(struct gamepad *p)
{
	close(p->device); /* which destroys the device */
	p->device = -1;
}

void
uinput_send(struct gamepad *p, const int before[PAD_CONTROLS])
{
	struct input_event out[PAD_CONTROLS + 1] = { 0 };
	size_t n = 0;

	for (int i = 0; i < PAD_CONTROLS; i++)
		if (p->values[i] != before[i])
			out[n++] = (struct input_event){
				.type = pad_controls[i].type,
				.code = pad_controls[i].code,
				.value = p->values[i],
			};
	out[n++].type = EV_SYN;
	if (write(p->device, out, n * sizeof(*out)) == -1) {
		/* The kernel takes what a device says, or has gone itself. */
	}
}
