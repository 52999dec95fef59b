#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "../../bin/rd-turn/batch.h"
#include "../tap.h"

enum { FLOWS = 2, PATIENCE_MS = 10000 };

static struct batch batch;

struct flow {
	int fd;
	struct address to;
	size_t n;
	size_t sizes[BATCH_OUT];
};

static int
open_socket(struct address *at)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct address any = { .family = ADDRESS_V4, .ip = { 127, 0, 0, 1 } };

	if (bind(fd, (struct sockaddr *)&ss, address_to_sockaddr(&any, &ss)) ||
	    getsockname(fd, (struct sockaddr *)&ss, &len))
		abort();
	address_of_sockaddr(at, &ss);
	return fd;
}

/* Each datagram tells which one of its flow it is. */
static void
fill(uint8_t *data, size_t len, size_t number)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(number + i * 7);
}

static void
send_to(struct flow *f, int fd, size_t len)
{
	static uint8_t data[2048];

	fill(data, len, f->n);
	f->sizes[f->n++] = len;
	batch_send(&batch, fd, &f->to, batch_copy(&batch, data, len), len);
}

/* All that was sent came, as it was and in its order. */
static void
check_flow(struct flow *f, const struct address *from, const char *what)
{
	struct pollfd pfd = { .fd = f->fd, .events = POLLIN };
	size_t n = 0, bad = 0;
	uint8_t want[2048];

	while (n < f->n && poll(&pfd, 1, PATIENCE_MS) > 0) {
		struct batch_datagram d;

		batch_receive(&batch, f->fd, 4);
		while (batch_next(&batch, &d)) {
			fill(want, d.len, n);
			bad += d.len != f->sizes[n] ||
			    memcmp(d.data, want, d.len) != 0 ||
			    !address_same(&d.from, from);
			n++;
		}
	}
	is_int(n, f->n, "%s: all came", what);
	is_int(bad, 0, "%s: as they were sent", what);
	f->n = 0;
}

static void
test_flows(bool runs)
{
	static const size_t sizes[] = { 100, 100, 100, 40, 100, 0, 0, 1, 1, 200,
		100, 200, 200, 1500, 1500, 10 };
	struct address from;
	struct flow flows[FLOWS] = { 0 };
	int fd = open_socket(&from);

	for (size_t i = 0; i < FLOWS; i++) {
		flows[i].fd = open_socket(&flows[i].to);
		if (runs)
			batch_accept_runs(flows[i].fd);
	}
	for (size_t i = 0; i < LEN(sizes); i++)
		for (size_t k = 0; k < FLOWS; k++)
			send_to(&flows[k], fd, sizes[(i + k) % LEN(sizes)]);
	batch_flush(&batch);
	for (size_t i = 0; i < FLOWS; i++)
		check_flow(&flows[i], &from, runs ? "runs" : "one by one");
	for (size_t i = 0; i < 80; i++)
		send_to(&flows[0], fd, 700);
	batch_flush(&batch);
	check_flow(&flows[0], &from, runs ? "a long run" : "many");
	for (size_t i = 0; i < FLOWS; i++)
		close(flows[i].fd);
	close(fd);
}

/* More than waits at a time is sent early, and nothing twice. */
static void
test_full(void)
{
	struct address from;
	struct flow f = { 0 };
	int fd = open_socket(&from);

	f.fd = open_socket(&f.to);
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < 150; i++)
			send_to(&f, fd, 1 + i % 3);
		batch_flush(&batch);
		check_flow(&f, &from, "again");
	}
	close(f.fd);
	close(fd);
}

static void
test_runs_are_used(void)
{
	struct address from;
	struct flow f = { 0 };
	struct batch_datagram d;
	int fd = open_socket(&from);
	struct pollfd pfd;

	f.fd = open_socket(&f.to);
	batch_accept_runs(f.fd);
	for (size_t i = 0; i < 8; i++)
		send_to(&f, fd, 500);
	is_int(batch.nruns, batch.can_run ? 1 : 8, "what is alike is a run");
	batch_flush(&batch);
	pfd = (struct pollfd){ .fd = f.fd, .events = POLLIN };
	poll(&pfd, 1, PATIENCE_MS);
	batch_receive(&batch, f.fd, 1);
	ok(batch_next(&batch, &d) && d.len == 500, "its first datagram");
	ok(d.alone == !batch.can_run, "is not alone where runs are known");
	close(f.fd);
	close(fd);
}

static void
test_unsuitable(void)
{
	struct address from;
	struct flow f = { 0 };
	int fd = open_socket(&from), no = 1;

	/* RFC 768: without a checksum; the kernel refuses such runs. */
	setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &no, sizeof(no));
	f.fd = open_socket(&f.to);
	for (size_t i = 0; i < 10; i++)
		send_to(&f, fd, 300);
	batch_flush(&batch);
	check_flow(&f, &from, "a run that is refused");
	close(f.fd);
	close(fd);
}

int
main(void)
{
	is_int(batch_open(&batch), 0, "open");
	test_flows(false);
	test_flows(true);
	test_full();
	test_runs_are_used();
	test_unsuitable();
	batch.can_run = false;
	test_flows(true);
	batch_close(&batch);
	return done_testing();
}
