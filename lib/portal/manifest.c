#include "portal/manifest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "portal/node.h"

/* How what is at a key holds items. */
enum form {
	ITEMS,   /* a list of mappings, */
	TEXTS,   /* or of texts as well, each the first field */
	ONE,     /* one mapping */
	WHOLE,   /* one mapping, which is the first field */
	CHOICES, /* a list of mappings with lists of items, for and against */
};

static const struct kind {
	const char *key, *kind;
	enum form form;
	const char *fields[10];
} kinds[] = {
	{ "settings", "settings", ONE, { "venv", "conda_env" } },
	{ "on_failure", "on_failure", ONE,
	    { "action", "max_retries", "retry_delay", "webhook",
		"webhook_on_success" } },
	{ "auth", "auth", ONE, { "huggingface", "civitai" } },
	{ "write_files", "file", ITEMS,
	    { "path", "permissions", "owner", "content" } },
	{ "apt_packages", "apt", TEXTS, { "package" } },
	{ "git_repos", "repository", ITEMS,
	    { "url", "dest", "ref", "recursive", "pull_if_exists",
		"post_commands" } },
	{ "pip_packages", "pip", TEXTS,
	    { "packages", "requirements", "args", "venv", "python", "tool" } },
	{ "conda_packages", "conda", TEXTS,
	    { "packages", "channels", "args", "env", "python" } },
	{ "downloads", "download", ITEMS, { "url", "dest" } },
	{ "conditional_downloads", "download", CHOICES, { "url", "dest" } },
	{ "env_merge", "env_merge", WHOLE, { "variable" } },
	{ "services", "service", ITEMS,
	    { "name", "workdir", "venv", "environment", "pre_commands",
		"command", "portal_search_term", "skip_on_serverless",
		"wait_for_provisioning" } },
	{ "write_files_late", "late_file", ITEMS,
	    { "path", "permissions", "owner", "content" } },
	{ "post_commands", "command", TEXTS, { "command" } },
};

enum {
	KINDS = sizeof(kinds) / sizeof(*kinds),
	FIELDS = sizeof(kinds->fields) / sizeof(*kinds->fields)
};

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
put_expanded(struct out *o, const char *text)
{
	const char *mark;

	while ((mark = strstr(text, "${"))) {
		const char *behind;

		put(o, text, (size_t)(mark - text));
		behind = expand(o, mark);
		if (!behind)
			put(o, mark, 2);
		text = behind ? behind : mark + 2;
	}
	put(o, text, strlen(text));
}

/* "field=text", or with a key "field=key=text". */
static void
add_word(struct reader *r, const char *field, const char *key, const char *text)
{
	struct out o = { .text = malloc(MANIFEST_WORD_MAX) };

	if (!o.text || r->n == MANIFEST_WORDS) {
		r->why = o.text ? "has an item of more than 256 words"
				: "does not fit in memory";
		free(o.text);
		return;
	}
	*o.text = '\0';
	put(&o, field, strlen(field));
	put(&o, "=", 1);
	if (key) {
		put(&o, key, strlen(key));
		put(&o, "=", 1);
	}
	put_expanded(&o, text);
	if (o.full)
		r->why = "has a text that is too long";
	r->words[r->n++] = o.text;
}

static void
add_text(
    struct reader *r, const char *field, const char *key, const yaml_node_t *n)
{
	const char *text = node_text(n);

	if (text)
		add_word(r, field, key, text);
	else
		r->why = "has something else where a text must be";
}

static void
add_pairs(struct reader *r, const char *field, const yaml_node_t *n)
{
	const yaml_node_pair_t *p = n->data.mapping.pairs.start;

	for (; !r->why && p < n->data.mapping.pairs.top; p++) {
		const char *key =
		    node_text(yaml_document_get_node(r->doc, p->key));

		if (key)
			add_text(r, field, key,
			    yaml_document_get_node(r->doc, p->value));
	}
}

/* A word, or one for each of a list's or a mapping's. */
static void
add_field(struct reader *r, const char *field, const yaml_node_t *n)
{
	const yaml_node_item_t *i;

	if (!n) {
		add_word(r, field, NULL, "");
	} else if (n->type == YAML_MAPPING_NODE) {
		add_pairs(r, field, n);
	} else if (n->type == YAML_SEQUENCE_NODE) {
		for (i = n->data.sequence.items.start;
		     !r->why && i < n->data.sequence.items.top; i++)
			add_text(
			    r, field, NULL, yaml_document_get_node(r->doc, *i));
	} else {
		add_text(r, field, NULL, n);
	}
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
	if (!r->why && r->n && r->tell)
		r->tell(r->arg, kind, (const char *const *)r->words, r->n);
	clear(r);
}

/* The first field of a text, or all of a mapping. */
static void
add_fields(struct reader *r, const struct kind *k, const yaml_node_t *n)
{
	bool text = k->form == TEXTS && n->type == YAML_SCALAR_NODE;

	if (!text && n->type != YAML_MAPPING_NODE) {
		r->why = "has an item that is not a mapping";
		return;
	}
	if (k->form == TEXTS && !text && !k->fields[1]) {
		r->why = "has something else where a text must be";
		return;
	}
	for (size_t i = 0; !r->why && i < FIELDS && k->fields[i]; i++)
		add_field(r, k->fields[i],
		    !text        ? node_value(r->doc, n, k->fields[i])
			: i == 0 ? n
				 : NULL);
}

static const yaml_node_t *
list_of(struct reader *r, const yaml_node_t *n)
{
	static const yaml_node_t none = { .type = YAML_SEQUENCE_NODE };
	const char *text = node_text(n);

	if (!n || (text && !*text))
		return &none;
	if (n->type != YAML_SEQUENCE_NODE)
		r->why = "has something else where a list must be";
	return r->why ? &none : n;
}

/* The items of a choice's list, each with the condition as a field. */
static void
read_choice(struct reader *r, const struct kind *k, const yaml_node_t *choice,
    const char *key, const char *mark)
{
	const yaml_node_t *list = list_of(r, node_value(r->doc, choice, key));
	const char *when = node_text(node_value(r->doc, choice, "when"));
	const yaml_node_item_t *i = list->data.sequence.items.start;

	for (; !r->why && i < list->data.sequence.items.top; i++) {
		add_fields(r, k, yaml_document_get_node(r->doc, *i));
		add_word(r, mark, NULL, when ? when : "");
		tell(r, k->kind);
	}
}

static void
read_item(struct reader *r, const struct kind *k, const yaml_node_t *n)
{
	if (k->form != CHOICES) {
		add_fields(r, k, n);
		tell(r, k->kind);
	} else if (n->type != YAML_MAPPING_NODE) {
		r->why = "has a choice that is not a mapping";
	} else {
		read_choice(r, k, n, "downloads", "when");
		read_choice(r, k, n, "else_downloads", "unless");
	}
}

static void
read_kind(struct reader *r, const struct kind *k, const yaml_node_t *n)
{
	const char *text = node_text(n);
	const yaml_node_item_t *i;

	if (!n || (text && !*text))
		return;
	if (k->form == WHOLE && n->type == YAML_MAPPING_NODE) {
		add_field(r, k->fields[0], n);
		tell(r, k->kind);
	} else if (k->form == ONE || k->form == WHOLE) {
		read_item(r, k, n);
	} else {
		n = list_of(r, n);
		for (i = n->data.sequence.items.start;
		     !r->why && i < n->data.sequence.items.top; i++)
			read_item(r, k, yaml_document_get_node(r->doc, *i));
	}
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
		    node_text(yaml_document_get_node(r->doc, p->key));

		if (!key || is_known(key))
			continue;
		add_word(r, "key", NULL, key);
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
	version = node_text(node_value(r->doc, root, "version"));
	if (version && strcmp(version, "1") != 0)
		r->why = "is of another version than 1";
	if (!r->why)
		read_unknown(r, root);
	for (size_t i = 0; !r->why && i < KINDS; i++)
		read_kind(r, &kinds[i], node_value(r->doc, root, kinds[i].key));
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
