/*
 * clipclient own - take the clipboard and never answer; prints "ready"
 * clipclient offer target file... - take the clipboard and answer with the
 * files, whole, until another client takes it; prints "ready"
 * clipclient multiple target... - ask for all targets at once (ICCCM section
 * 2.6.2), print a line "TARGET TYPE BYTES" for each, or "TARGET none"
 */
#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TARGETS = 8, OFFER_MAX = 1 << 21 };

static Display *display;
static Window window;

static Atom
atom(const char *name)
{
	return XInternAtom(display, name, False);
}

static _Noreturn void
own(void)
{
	XEvent e;

	XSetSelectionOwner(display, atom("CLIPBOARD"), window, CurrentTime);
	XSync(display, False);
	puts("ready");
	fflush(stdout);
	for (;;)
		XNextEvent(display, &e);
}

struct offer {
	Atom target;
	unsigned char *bytes;
	int len;
};

static void
offer_read(struct offer *o, const char *target, const char *path)
{
	FILE *f = fopen(path, "rb");

	o->target = atom(target);
	o->bytes = malloc(OFFER_MAX);
	o->len = (int)fread(o->bytes, 1, OFFER_MAX, f);
	fclose(f);
}

static void
answer(const XSelectionRequestEvent *r, const struct offer *offers, int n)
{
	XSelectionEvent e = { .type = SelectionNotify,
		.requestor = r->requestor,
		.selection = r->selection,
		.target = r->target,
		.time = r->time };
	Atom targets[TARGETS];

	for (int i = 0; i < n; i++) {
		targets[i] = offers[i].target;
		if (r->target != targets[i])
			continue;
		e.property = r->property;
		XChangeProperty(display, r->requestor, r->property, targets[i],
		    8, PropModeReplace, offers[i].bytes, offers[i].len);
	}
	if (r->target == atom("TARGETS")) {
		e.property = r->property;
		XChangeProperty(display, r->requestor, r->property, XA_ATOM, 32,
		    PropModeReplace, (unsigned char *)targets, n);
	}
	XSendEvent(display, r->requestor, False, 0, (XEvent *)&e);
}

static int
offer(char **args, int n)
{
	struct offer offers[TARGETS];
	XEvent e;

	for (int i = 0; i < n; i++)
		offer_read(&offers[i], args[2 * i], args[2 * i + 1]);
	XSetSelectionOwner(display, atom("CLIPBOARD"), window, CurrentTime);
	XSync(display, False);
	puts("ready");
	fflush(stdout);
	do {
		XNextEvent(display, &e);
		if (e.type == SelectionRequest)
			answer(&e.xselectionrequest, offers, n);
	} while (e.type != SelectionClear);
	return 0;
}

static void
print_property(const char *target, Atom property)
{
	Atom type;
	int format;
	unsigned long n, left;
	unsigned char *data;
	char *name;

	if (property == None) {
		printf("%s none\n", target);
		return;
	}
	XGetWindowProperty(display, window, property, 0, 1 << 20, False,
	    AnyPropertyType, &type, &format, &n, &left, &data);
	name = XGetAtomName(display, type);
	printf("%s %s %lu\n", target, name, n * (unsigned long)format / 8);
	XFree(name);
	XFree(data);
}

static int
multiple(char **targets, int n)
{
	Atom pairs[2 * TARGETS], type;
	unsigned long count, left;
	unsigned char *data;
	int format;
	XEvent e;

	for (int i = 0; i < n; i++) {
		char name[] = "CLIP_0";

		name[5] = (char)('0' + i);
		pairs[2 * i] = atom(targets[i]);
		pairs[2 * i + 1] = atom(name);
	}
	XChangeProperty(display, window, atom("CLIP"), atom("ATOM_PAIR"), 32,
	    PropModeReplace, (unsigned char *)pairs, 2 * n);
	XConvertSelection(display, atom("CLIPBOARD"), atom("MULTIPLE"),
	    atom("CLIP"), window, CurrentTime);
	do
		XNextEvent(display, &e);
	while (e.type != SelectionNotify);
	if (e.xselection.property == None)
		return 1;
	XGetWindowProperty(display, window, atom("CLIP"), 0, 2 * TARGETS, False,
	    AnyPropertyType, &type, &format, &count, &left, &data);
	memcpy(pairs, data, count * sizeof(*pairs));
	for (int i = 0; i < n; i++)
		print_property(targets[i], pairs[2 * i + 1]);
	return 0;
}

int
main(int argc, char **argv)
{
	display = XOpenDisplay(NULL);
	if (!display)
		return 111;
	window = XCreateSimpleWindow(
	    display, DefaultRootWindow(display), 0, 0, 1, 1, 0, 0, 0);
	if (argc == 2 && !strcmp(argv[1], "own"))
		own();
	if (argc > 3 && argc <= 2 + 2 * TARGETS && !strcmp(argv[1], "offer"))
		return offer(argv + 2, (argc - 2) / 2);
	if (argc > 2 && argc <= 2 + TARGETS && !strcmp(argv[1], "multiple"))
		return multiple(argv + 2, argc - 2);
	return 100;
}
