#include "ice.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gio/gio.h>
#include <netinet/in.h>
#include <nice/agent.h>

#include "base/log.h"
#include "base/loop.h"
#include "runs.h"

enum {
	COMPONENT = 1,
	PACING_MS = 5,  /* between checks: RFC 8445 section 14.2's minimum */
	IDLE_MS = 500,  /* after the last check, until the timer rests */
	CLOSE_MS = 300, /* for servers to confirm that relays are given back */

	/* After that a new address of the viewer's is a move, not a choice. */
	SETTLED_US = 3000000,
};

/* libnice's candidates are whole SDP lines. */
#define PREFIX "a="

struct ice {
	const struct ice_ops *ops;
	void *arg;
	NiceAgent *agent;
	guint stream;
	gchar *ufrag, *password;
	bool consented, restarted, held;
	int64_t connected_us;
	NiceCandidate *learnt; /* the newest, and nothing done about it */
	unsigned int remotes;
	struct ice_datagram batch[ICE_BATCH];
	unsigned int waiting;
	struct runs runs;
	bool no_runs; /* the kernel knows none */
};

/* Without a zone, which candidates have none of, nothing gets there. */
static bool
is_of_a_zone(const NiceAddress *a)
{
	return a->s.addr.sa_family == AF_INET6 &&
	    IN6_IS_ADDR_LINKLOCAL(&a->s.ip6.sin6_addr);
}

static void
on_candidate(NiceAgent *agent, NiceCandidate *candidate, gpointer arg)
{
	struct ice *i = arg;
	gchar *line;

	if (is_of_a_zone(&candidate->addr))
		return;
	line = nice_agent_generate_local_candidate_sdp(agent, candidate);
	i->ops->candidate(i->arg, line + strlen(PREFIX));
	g_free(line);
}

static void
on_gathered(NiceAgent *agent, guint stream, gpointer arg)
{
	struct ice *i = arg;

	(void)agent;
	(void)stream;
	i->ops->candidate(i->arg, "");
}

/*
 * libnice stays with the pair of the highest priority whatever the viewer
 * nominates later, as it does when a NAT gives it another port.  So that it
 * follows, c gets a priority above the selected candidate's.
 */
static void
prefer(struct ice *i, const NiceCandidate *c)
{
	NiceCandidate *local, *remote, *copy;
	GSList list = { 0 };

	if (!nice_agent_get_selected_pair(
		i->agent, i->stream, COMPONENT, &local, &remote))
		return;
	copy = nice_candidate_copy(c);
	if (copy->type == NICE_CANDIDATE_TYPE_PEER_REFLEXIVE)
		copy->type = NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE;
	copy->priority = remote->priority + 1;
	list.data = copy;
	nice_agent_set_remote_candidates(i->agent, i->stream, COMPONENT, &list);
	nice_candidate_free(copy);
}

static void
on_state(
    NiceAgent *agent, guint stream, guint component, guint state, gpointer arg)
{
	struct ice *i = arg;

	(void)agent;
	(void)stream;
	(void)component;
	log_debug("ICE is %s", nice_component_state_to_string(state));
	if (state == NICE_COMPONENT_STATE_FAILED) {
		i->consented = false;
		i->ops->failed(i->arg);
	}
}

/*
 * It is selected, again perhaps, because the viewer nominated it, and may be
 * sent to; of states libnice goes through some for other reasons as well.
 */
static void
on_selected(NiceAgent *agent, guint stream, guint component,
    NiceCandidate *local, NiceCandidate *remote, gpointer arg)
{
	struct ice *i = arg;

	(void)agent;
	(void)stream;
	(void)component;
	(void)local;
	(void)remote;
	if (i->restarted)
		i->ops->moved(i->arg);
	i->restarted = false;
	if (i->consented)
		return;
	i->consented = true;
	i->connected_us = clock_us();
	i->ops->connected(i->arg);
}

static void
forget_learnt(struct ice *i)
{
	g_clear_pointer(&i->learnt, nice_candidate_free);
}

/* Learnt from a check whose integrity is right; libnice checks it in turn. */
static void
on_remote(NiceAgent *agent, NiceCandidate *candidate, gpointer arg)
{
	struct ice *i = arg;

	(void)agent;
	if (i->consented && clock_us() - i->connected_us > SETTLED_US) {
		prefer(i, candidate);
		return;
	}
	forget_learnt(i);
	i->learnt = nice_candidate_copy(candidate);
}

static void
on_receive(NiceAgent *agent, guint stream, guint component, guint len,
    gchar *data, gpointer arg)
{
	struct ice *i = arg;

	(void)agent;
	(void)stream;
	(void)component;
	i->ops->input(i->arg, (const uint8_t *)data, len);
}

/* libnice leaves loopback out; where there is nothing else it is needed. */
static void
allow_loopback(NiceAgent *agent)
{
	struct ifaddrs *list, *a;
	NiceAddress addr;
	bool other = false;

	if (getifaddrs(&list))
		return;
	for (a = list; a; a = a->ifa_next)
		if (a->ifa_addr && !(a->ifa_flags & IFF_LOOPBACK) &&
		    (a->ifa_addr->sa_family == AF_INET ||
			a->ifa_addr->sa_family == AF_INET6))
			other = true;
	freeifaddrs(list);
	nice_address_init(&addr);
	if (!other && nice_address_set_from_string(&addr, "127.0.0.1"))
		nice_agent_add_local_address(agent, &addr);
}

static void
add_server(struct ice *i, const struct ice_server *s)
{
	if (s->transport == ICE_TLS)
		return;
	if (s->turn)
		nice_agent_set_relay_info(i->agent, i->stream, COMPONENT,
		    s->host, s->port, s->user, s->password,
		    s->transport == ICE_TCP ? NICE_RELAY_TYPE_TURN_TCP
					    : NICE_RELAY_TYPE_TURN_UDP);
	else
		g_object_set(i->agent, "stun-server", s->host,
		    "stun-server-port", (guint)s->port, NULL);
}

static bool
take_credentials(struct ice *i)
{
	g_clear_pointer(&i->ufrag, g_free);
	g_clear_pointer(&i->password, g_free);
	return nice_agent_get_local_credentials(
	    i->agent, i->stream, &i->ufrag, &i->password);
}

struct ice *
ice_open(const struct ice_ops *ops, void *arg, const struct ice_server *servers,
    size_t nservers)
{
	struct ice *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->ops = ops;
	i->arg = arg;
	i->agent = nice_agent_new_full(g_main_context_default(),
	    NICE_COMPATIBILITY_RFC5245, NICE_AGENT_OPTION_ICE_TRICKLE);
	g_object_set(i->agent, "upnp", FALSE, "controlling-mode", FALSE,
	    "keepalive-conncheck", TRUE, "stun-pacing-timer", (guint)PACING_MS,
	    "idle-timeout", (guint)IDLE_MS, NULL);
	allow_loopback(i->agent);
	i->stream = nice_agent_add_stream(i->agent, 1);
	for (size_t n = 0; n < nservers && i->stream; n++)
		add_server(i, &servers[n]);
	if (!i->stream || !take_credentials(i)) {
		ice_close(i);
		return NULL;
	}
	g_signal_connect(
	    i->agent, "new-candidate-full", G_CALLBACK(on_candidate), i);
	g_signal_connect(
	    i->agent, "candidate-gathering-done", G_CALLBACK(on_gathered), i);
	g_signal_connect(
	    i->agent, "component-state-changed", G_CALLBACK(on_state), i);
	g_signal_connect(
	    i->agent, "new-selected-pair-full", G_CALLBACK(on_selected), i);
	g_signal_connect(
	    i->agent, "new-remote-candidate-full", G_CALLBACK(on_remote), i);
	nice_agent_attach_recv(i->agent, i->stream, COMPONENT,
	    g_main_context_default(), on_receive, i);
	return i;
}

static void
on_closed(GObject *agent, GAsyncResult *result, gpointer arg)
{
	bool *over = arg;

	(void)agent;
	(void)result;
	*over = true;
}

static gboolean
on_late(gpointer arg)
{
	bool *over = arg;

	*over = true;
	return G_SOURCE_CONTINUE;
}

/* Relays go back to their servers, which may be slow or away. */
static void
close_agent(struct ice *i)
{
	static bool over; /* outlives the agent, which may come back to it */
	guint timer = g_timeout_add(CLOSE_MS, on_late, &over);

	g_signal_handlers_disconnect_by_data(i->agent, i);
	nice_agent_attach_recv(i->agent, i->stream, COMPONENT,
	    g_main_context_default(), NULL, NULL);
	nice_agent_close_async(i->agent, on_closed, &over);
	while (!over)
		g_main_context_iteration(NULL, TRUE);
	g_source_remove(timer);
	g_object_unref(i->agent);
}

void
ice_close(struct ice *i)
{
	if (!i)
		return;
	if (i->agent)
		close_agent(i);
	forget_learnt(i);
	g_free(i->ufrag);
	g_free(i->password);
	free(i);
}

void
ice_ports(struct ice *i, uint16_t first, uint16_t last)
{
	nice_agent_set_port_range(i->agent, i->stream, COMPONENT, first, last);
}

const char *
ice_ufrag(const struct ice *i)
{
	return i->ufrag;
}

const char *
ice_password(const struct ice *i)
{
	return i->password;
}

int
ice_start(struct ice *i, const char *ufrag, const char *password)
{
	if (!nice_agent_set_remote_credentials(
		i->agent, i->stream, ufrag, password) ||
	    !nice_agent_gather_candidates(i->agent, i->stream))
		return -EIO;
	return 0;
}

int
ice_restart(struct ice *i, const char *ufrag, const char *password)
{
	i->remotes = 0;
	i->restarted = true;
	forget_learnt(i);
	if (!nice_agent_restart_stream(i->agent, i->stream) ||
	    !take_credentials(i) ||
	    !nice_agent_set_remote_credentials(
		i->agent, i->stream, ufrag, password))
		return -EIO;
	return 0;
}

int
ice_remote_candidate(struct ice *i, const char *line)
{
	NiceCandidate *c;
	GSList list = { 0 };
	char attribute[512];

	if (i->remotes >= ICE_REMOTE_MAX)
		return -E2BIG;
	snprintf(attribute, sizeof(attribute), PREFIX "%s", line);
	c = nice_agent_parse_remote_candidate_sdp(
	    i->agent, i->stream, attribute);
	if (!c)
		return -EBADMSG;
	i->remotes++;
	list.data = c;
	nice_agent_set_remote_candidates(i->agent, i->stream, COMPONENT, &list);
	nice_candidate_free(c);
	return 0;
}

bool
ice_consents(const struct ice *i)
{
	return i->consented;
}

void
ice_hold(struct ice *i, bool held)
{
	i->held = held;
}

/*
 * It may come back to where it was, or have moved before that was told from a
 * choice.
 */
void
ice_follow(struct ice *i)
{
	NiceCandidate *local, *remote;

	if (i->learnt)
		prefer(i, i->learnt);
	if (nice_agent_get_selected_pair(
		i->agent, i->stream, COMPONENT, &local, &remote))
		prefer(i, remote);
}

struct ice_datagram *
ice_room(struct ice *i)
{
	if (i->waiting == ICE_BATCH)
		ice_flush(i);
	return &i->batch[i->waiting++];
}

/* By UDP, and not through a relay: then where to is known. */
static bool
find_way(struct ice *i)
{
	NiceCandidate *local, *remote;
	GSocket *socket;

	if (!nice_agent_get_selected_pair(
		i->agent, i->stream, COMPONENT, &local, &remote) ||
	    local->transport != NICE_CANDIDATE_TRANSPORT_UDP ||
	    local->type == NICE_CANDIDATE_TYPE_RELAYED)
		return false;
	socket = nice_agent_get_selected_socket(i->agent, i->stream, COMPONENT);
	if (!socket)
		return false;
	i->runs.fd = g_socket_get_fd(socket);
	g_object_unref(socket);
	nice_address_copy_to_sockaddr(
	    &remote->addr, (struct sockaddr *)&i->runs.to);
	i->runs.to_len = i->runs.to.ss_family == AF_INET6
	    ? sizeof(struct sockaddr_in6)
	    : sizeof(struct sockaddr_in);
	return true;
}

/* How many of n left as runs. */
static unsigned int
send_runs(struct ice *i, struct iovec *iov, unsigned int n)
{
	unsigned int sent = 0;

	if (n < 2 || i->no_runs || !find_way(i))
		return 0;
	if (!runs_send(&i->runs, iov, n, &sent)) {
		log_info("datagrams leave one by one: %s", strerror(errno));
		i->no_runs = true;
	}
	return sent;
}

void
ice_flush(struct ice *i)
{
	struct iovec iov[ICE_BATCH];
	GOutputVector vectors[ICE_BATCH];
	NiceOutputMessage messages[ICE_BATCH];
	unsigned int n = 0, first;

	for (unsigned int k = 0; k < i->waiting; k++)
		if (i->batch[k].len)
			iov[n++] =
			    (struct iovec){ i->batch[k].data, i->batch[k].len };
	i->waiting = 0;
	if (!i->consented || i->held)
		return;
	first = send_runs(i, iov, n);
	for (unsigned int k = first; k < n; k++) {
		vectors[k] = (GOutputVector){ iov[k].iov_base, iov[k].iov_len };
		messages[k] = (NiceOutputMessage){ &vectors[k], 1 };
	}
	if (first < n)
		nice_agent_send_messages_nonblocking(i->agent, i->stream,
		    COMPONENT, messages + first, (guint)(n - first), NULL,
		    NULL);
}
