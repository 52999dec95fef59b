#include "guest/control.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../tap.h"

static int pair[2], fds[CONTROL_FDS];
static unsigned int kind;
static char p[8];

static ssize_t
receive(void)
{
	return control_receive(pair[1], &kind, p, sizeof(p), fds);
}

static void
test_messages(void)
{
	is_int(receive(), -EAGAIN, "no message yet");
	control_send(pair[0], 'a', "hello", 5, NULL, 0);
	control_send(pair[0], 255, NULL, 0, NULL, 0);
	is_int(receive(), 5, "the first has its length");
	ok(kind == 'a' && !memcmp(p, "hello", 5), "its kind and bytes");
	ok(fds[0] == -1 && fds[1] == -1, "and no descriptors");
	is_int(receive(), 0, "the next is one without bytes");
	is_int(kind, 255, "its kind is a byte");
	control_send(pair[0], 'b', "123456789", 9, NULL, 0);
	is_int(receive(), sizeof(p), "one that is too long is cut off");
}

static void
test_descriptors(void)
{
	int ends[2];
	char byte = 0;

	if (pipe(ends))
		abort();
	control_send(pair[0], 'o', NULL, 0, ends, 1);
	is_int(receive(), 0, "a message with one descriptor");
	ok(fds[0] != -1 && fds[1] == -1, "has one");
	close(fds[0]);
	control_send(pair[0], 'o', "x", 1, ends, 2);
	receive();
	ok(write(fds[1], "!", 1) == 1 && read(ends[0], &byte, 1) == 1 &&
		byte == '!',
	    "two are the same files as those sent");
	ok(fcntl(fds[0], F_GETFD) & FD_CLOEXEC, "and are closed on exec");
	for (int i = 0; i < 2; i++) {
		close(fds[i]);
		close(ends[i]);
	}
}

static void
test_ends(void)
{
	int err;

	do
		err = control_send(pair[0], 'x', p, sizeof(p), NULL, 0);
	while (!err);
	is_int(err, -EAGAIN, "when nobody reads, sending does not wait");
	while (receive() >= 0)
		continue;
	close(pair[0]);
	is_int(receive(), -EPIPE, "the other side is gone");
	is_int(control_send(pair[1], 'x', NULL, 0, NULL, 0), -EPIPE,
	    "and hears nothing");
	close(pair[1]);
}

int
main(void)
{
	is_int(control_pair(pair), 0, "a pair");
	test_messages();
	test_descriptors();
	test_ends();
	return done_testing();
}
