#include "portal/manifest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

/* The fields of an item, then a list of it whose items are words as well. */
static const struct kind {
	const char *key, *kind, *fields[4], *list;
} kinds[] = {
	{ "write_files", "file", { "path", "permissions", "owner", "content" },
	    NULL },
	{ "apt_packages", "apt", { NULL }, NULL },
	{ "git_repos", "repository", { "url", "dest", "ref" },
	    "post_commands" },
	{ "pip_packages", "pip", { "venv", "args" }, "packages" },
	{ "downloads", "download", { "url", "dest" }, NULL },
	{ "services", "service", { "name", "workdir", "command" }, NULL },
	{ "write_files_late", "late_file",
	    { "path", "permissions", "owner", "content" }, NULL },
	{ "post_commands", "command", { NULL }, NULL },
};

enum { KINDS = sizeof(kinds) / sizeof(*kinds), FIELDS = 4 };

struct reader {
	yaml_document_t *doc;
	manifest_item *tell; /* NULL: only look whether all is right */
	void *arg;
	char *words[MANIFEST_WORDS];
	size_t n;
	const char *why;
};

struct out {
	char *text;
	size_t len;
	bool full;
};

static void
put(struct out *o, const char *text, size_t len)
{
	if (len >= MANIFEST_WORD_MAX - o->len) {
		o->full = true;
		return;
	}
	memcpy(o->text + o->len, text, len);
	o->len += len;
	o->text[o->len] = '\0';
}

/* What "${" at p is; returns what is behind it, or NULL: it is nothing. */
static const char *
expand(struct out *o, const char *p)
{
	const char *name = p + 2, *end = strchr(name, '}'), *value;
	char key[256];
	size_t n = 0;

	while (isalnum((unsigned char)name[n]) || name[n] == '_')
		n++;
	if (!end || n == 0 || n >= sizeof(key) ||
	    (name[n] != '}' &&
		(name[n] != ':' || (name[n + 1] != '-' && name[n + 1] != '='))))
		return NULL;
	memcpy(key, name, n);
	key[n] = '\0';
	value = getenv(key);
	if (value && *value)
		put(o, value, strlen(value));
	else if (name[n] == ':')
		put(o, name + n + 2, (size_t)(end - name) - n - 2);
	return end + 1;
}

static void
add_word(struct reader *r, const char *text)
{
	struct out o = { .text = malloc(MANIFEST_WORD_MAX) };

	if (!o.text || r->n == MANIFEST_WORDS) {
		r->why = o.text ? "has an item of more than 64 words"
				: "does not fit in memory";
		free(o.text);
		return;
	}
	*o.text = '\0';
	while (*text) {
		const char *mark = strstr(text, "${"), *behind;

		if (!mark) {
			put(&o, text, strlen(text));
			break;
		}
		put(&o, text, (size_t)(mark - text));
		behind = expand(&o, mark);
		if (!behind)
			put(&o, mark, 2);
		text = behind ? behind : mark + 2;
	}
	if (o.full)
		r->why = "has a text that is too long";
	r->words[r->n++] = o.text;
}

static const char *
text_of(const yaml_node_t *n)
{
	return n && n->type == YAML_SCALAR_NODE &&
		strlen((const char *)n->data.scalar.value) ==
		    n->data.scalar.length
	    ? (const char *)n->data.scalar.value
	    : NULL;
}

static yaml_node_t *
value_of(struct reader *r, const yaml_node_t *map, const char *key)
{
	const yaml_node_pair_t *p = map->data.mapping.pairs.start;

	for (; p < map->data.mapping.pairs.top; p++) {
		const char *text =
		    text_of(yaml_document_get_node(r->doc, p->key));

		if (text && strcmp(text, key) == 0)
			return yaml_document_get_node(r->doc, p->value);
	}
	return NULL;
}

/* A word, or those of a list. */
static void
add_node(struct reader *r, const yaml_node_t *n)
{
	const char *text = text_of(n);

	if (text)
		add_word(r, text);
	else if (!n)
		add_word(r, "");
	else
		r->why = "has something else where a text must be";
}

static void
add_list(struct reader *r, const yaml_node_t *n)
{
	const yaml_node_item_t *i;

	if (!n)
		return;
	if (n->type != YAML_SEQUENCE_NODE) {
		add_node(r, n);
		return;
	}
	for (i = n->data.sequence.items.start;
	     !r->why && i < n->data.sequence.items.top; i++)
		add_node(r, yaml_document_get_node(r->doc, *i));
}

static void
clear(struct reader *r)
{
	while (r->n)
		free(r->words[--r->n]);
}

static void
tell(struct reader *r, const char *kind)
{
	if (!r->why && r->tell)
		r->tell(r->arg, kind, (const char *const *)r->words, r->n);
	clear(r);
}

static void
read_item(struct reader *r, const struct kind *k, const yaml_node_t *n)
{
	if (n->type == YAML_MAPPING_NODE && *k->fields) {
		for (size_t i = 0; i < FIELDS && k->fields[i]; i++)
			add_node(r, value_of(r, n, k->fields[i]));
		if (k->list)
			add_list(r, value_of(r, n, k->list));
	} else if (k->list && !k->fields[2]) { /* "packages" alone */
		for (size_t i = 0; i < FIELDS && k->fields[i]; i++)
			add_word(r, "");
		add_node(r, n);
	} else if (*k->fields) {
		r->why = "has an item that is not a mapping";
	} else {
		add_node(r, n);
	}
	tell(r, k->kind);
}

static void
read_kind(struct reader *r, const struct kind *k, const yaml_node_t *n)
{
	const yaml_node_item_t *i;
	const char *text = text_of(n);

	if (!n || (text && !*text))
		return;
	if (n->type != YAML_SEQUENCE_NODE) {
		r->why = "has something else where a list must be";
		return;
	}
	for (i = n->data.sequence.items.start;
	     !r->why && i < n->data.sequence.items.top; i++)
		read_item(r, k, yaml_document_get_node(r->doc, *i));
}

static bool
is_known(const char *key)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(kinds[i].key, key) == 0)
			return true;
	return strcmp(key, "version") == 0;
}

static void
read_unknown(struct reader *r, const yaml_node_t *root)
{
	const yaml_node_pair_t *p = root->data.mapping.pairs.start;

	for (; !r->why && p < root->data.mapping.pairs.top; p++) {
		const char *key =
		    text_of(yaml_document_get_node(r->doc, p->key));

		if (!key || is_known(key))
			continue;
		add_word(r, key);
		tell(r, "unknown");
	}
}

static void
read_all(struct reader *r)
{
	const yaml_node_t *root = yaml_document_get_root_node(r->doc);
	const char *version;

	if (!root || root->type != YAML_MAPPING_NODE) {
		r->why = "is not a mapping";
		return;
	}
	version = text_of(value_of(r, root, "version"));
	if (version && strcmp(version, "1") != 0)
		r->why = "is of another version than 1";
	if (!r->why)
		read_unknown(r, root);
	for (size_t i = 0; !r->why && i < KINDS; i++)
		read_kind(r, &kinds[i], value_of(r, root, kinds[i].key));
}

const char *
manifest_read(const char *text, size_t len, manifest_item *tell_item, void *arg)
{
	struct reader r = { .arg = arg, .why = "is not YAML" };
	yaml_parser_t parser;
	yaml_document_t doc;

	if (!yaml_parser_initialize(&parser))
		return "does not fit in memory";
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	if (yaml_parser_load(&parser, &doc)) {
		r.doc = &doc;
		r.why = NULL;
		read_all(&r);
		r.tell = tell_item;
		if (!r.why)
			read_all(&r);
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
	return r.why;
}
