#include "http/people.h"

#include <stdio.h>
#include <string.h>

#include "link/line.h"

static struct person *
find(const struct people *ps, const char *session)
{
	for (size_t i = 0; i < ps->n; i++)
		if (strcmp(ps->list[i].session, session) == 0)
			return (struct person *)&ps->list[i];
	return NULL;
}

static struct person *
numbered(struct people *ps, int64_t number)
{
	for (size_t i = 0; i < ps->n; i++)
		if (ps->list[i].number == number)
			return &ps->list[i];
	return NULL;
}

static struct person *
add(struct people *ps, const char *session, const struct auth_pass *pass)
{
	struct person *p = find(ps, session);

	if (!p && ps->n < PEOPLE_MAX) {
		p = &ps->list[ps->n++];
		*p = (struct person){ .number = ++ps->numbers };
		strcpy(p->session, session);
		strcpy(p->by, *pass->link ? pass->link : session);
	}
	if (p)
		p->role = pass->role;
	return p;
}

static void
put_in_control(struct people *ps, struct person *p)
{
	ps->control = p->number;
	p->asks = false;
	ps->changed = true;
}

bool
people_come(
    struct people *ps, const char *session, const struct auth_pass *pass)
{
	struct person *p = add(ps, session, pass);

	if (!p)
		return false;
	if (p->open++ == 0)
		ps->changed = true;
	if (!ps->control && p->role == AUTH_CONTROL)
		put_in_control(ps, p);
	return true;
}

void
people_leave(struct people *ps, const char *session, int64_t now_us)
{
	struct person *p = find(ps, session);

	if (--p->open)
		return;
	p->left_us = now_us;
	ps->changed = true;
}

void
people_welcome(struct people *ps, const char *session,
    const struct auth_pass *pass, int64_t now_us)
{
	struct person *p = add(ps, session, pass);

	if (!p)
		return;
	p->left_us = now_us;
	put_in_control(ps, p);
}

/* Who was in control is gone: if one only may be, there is none to ask. */
static void
pass_on(struct people *ps)
{
	struct person *only = NULL;

	ps->control = 0;
	for (struct person *p = ps->list; p < ps->list + ps->n; p++) {
		if (p->role != AUTH_CONTROL || !p->open)
			continue;
		if (only)
			return;
		only = p;
	}
	if (only)
		put_in_control(ps, only);
}

static void
forget(struct people *ps, struct person *p)
{
	bool controls = ps->control == p->number;

	ps->n--;
	memmove(p, p + 1, (size_t)(&ps->list[ps->n] - p) * sizeof(*p));
	ps->changed = true;
	if (controls)
		pass_on(ps);
}

int64_t
people_sweep(struct people *ps, int64_t now_us)
{
	int64_t next = INT64_MAX;

	for (size_t i = ps->n; i-- > 0;) {
		struct person *p = &ps->list[i];

		if (p->open)
			continue;
		if (now_us - p->left_us >= PEOPLE_AWAY_US)
			forget(ps, p);
		else if (p->left_us + PEOPLE_AWAY_US < next)
			next = p->left_us + PEOPLE_AWAY_US;
	}
	return next;
}

enum auth_role
people_role(const struct people *ps, const char *session)
{
	const struct person *p = find(ps, session);

	return p && p->number == ps->control ? AUTH_CONTROL : AUTH_VIEW;
}

enum auth_role
people_role_of_next(
    const struct people *ps, const char *session, enum auth_role role)
{
	return ps->control ? people_role(ps, session) : role;
}

/* Also C1 controls, which UTF-8 spells C2 80 to C2 9F. */
static bool
has_control(const char *p, size_t len)
{
	const unsigned char *u = (const void *)p;

	for (size_t i = 0; i < len; i++)
		if (u[i] < 0x20 || u[i] == 0x7f ||
		    (u[i] == 0xc2 && i + 1 < len && u[i + 1] < 0xa0))
			return true;
	return false;
}

static bool
set_name(struct people *ps, struct person *p, struct words *w)
{
	size_t len = 0;
	const char *name = words_end(w) ? "" : words_rest(w, &len);

	if (len >= sizeof(p->name) || has_control(name, len))
		return false;
	ps->changed |= strlen(p->name) != len || memcmp(p->name, name, len);
	memcpy(p->name, name, len);
	p->name[len] = '\0';
	return true;
}

static void
ask(struct people *ps, struct person *p)
{
	if (ps->control == p->number)
		return;
	if (p->role == AUTH_CONTROL) {
		put_in_control(ps, p);
	} else {
		ps->changed |= !p->asks;
		p->asks = true;
	}
}

static void
drop(struct people *ps, struct person *p)
{
	ps->changed |= p->asks || ps->control == p->number;
	p->asks = false;
	if (ps->control == p->number)
		ps->control = 0;
}

/* Who came to look and was let can only give back what they got. */
static void
give(struct people *ps, const struct person *p, struct person *to)
{
	if (p->role == AUTH_CONTROL ||
	    (ps->control == p->number && to->role == AUTH_CONTROL))
		put_in_control(ps, to);
}

static void
refuse(struct people *ps, const struct person *p, struct person *who)
{
	if (p->role != AUTH_CONTROL)
		return;
	ps->changed |= who->asks;
	who->asks = false;
}

bool
people_command(
    struct people *ps, const char *session, const char *line, size_t len)
{
	struct person *p = find(ps, session), *other;
	struct words w = words_of(line, len);
	bool gives;

	if (words_is(&w, "name"))
		return set_name(ps, p, &w);
	if (words_is(&w, "ask") && words_end(&w)) {
		ask(ps, p);
		return true;
	}
	if (words_is(&w, "drop") && words_end(&w)) {
		drop(ps, p);
		return true;
	}
	gives = words_is(&w, "give");
	if (!gives && !words_is(&w, "refuse"))
		return false;
	other = numbered(ps, words_int(&w, 1, UINT32_MAX));
	if (!words_end(&w))
		return false;
	if (other && gives)
		give(ps, p, other);
	else if (other)
		refuse(ps, p, other);
	return true;
}

static const char *
state_of(const struct people *ps, const struct person *p)
{
	if (!p->open)
		return "away";
	if (ps->control == p->number)
		return "controls";
	return p->asks ? "asks" : "here";
}

size_t
people_print(
    const struct people *ps, const char *session, char *out, size_t size)
{
	const struct person *p = session ? find(ps, session) : NULL;
	size_t len = 0;

	out[0] = '\0';
	if (p)
		len += (size_t)snprintf(out, size, "you %u\n", p->number);
	for (p = ps->list; p < ps->list + ps->n; p++)
		len += (size_t)snprintf(out + len, size - len,
		    "person %u %s %s %.8s%s%s\n", p->number,
		    auth_role_name(p->role), state_of(ps, p), p->by,
		    *p->name ? " " : "", p->name);
	return len;
}
