#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "portal/apps.h"
#include "portal/node.h"

static bool
copy(yaml_document_t *doc, const yaml_node_t *map, const char *key, char *out,
    size_t size)
{
	const char *text = node_text(node_value(doc, map, key));

	return text && (size_t)snprintf(out, size, "%s", text) < size;
}

static bool
port(yaml_document_t *doc, const yaml_node_t *map, const char *key,
    uint16_t *out)
{
	const char *text = node_text(node_value(doc, map, key));

	return text && apps_port(text, out);
}

static const char *
read_app(struct apps *as, yaml_document_t *doc, const yaml_node_t *map,
    const char *name)
{
	static struct app a;

	memset(&a, 0, sizeof(a));
	if ((size_t)snprintf(a.name, sizeof(a.name), "%s", name) >=
		sizeof(a.name) ||
	    !copy(doc, map, "hostname", a.host, sizeof(a.host)) ||
	    !copy(doc, map, "open_path", a.path, sizeof(a.path)))
		return "lacks hostname or open_path, or has too long ones";
	if (!port(doc, map, "external_port", &a.external) ||
	    !port(doc, map, "internal_port", &a.internal))
		return "has a port that is not 1 to 65535";
	return apps_add(as, &a);
}

static const char *
read_document(struct apps *as, yaml_document_t *doc, struct apps_bad bad)
{
	const yaml_node_t *map =
	    node_value(doc, yaml_document_get_root_node(doc), "applications");
	const yaml_node_pair_t *p;

	if (!map)
		return "has no applications";
	if (map->type != YAML_MAPPING_NODE)
		return "has applications that are not a mapping";
	if (map->data.mapping.pairs.start == map->data.mapping.pairs.top)
		return "has no application";
	for (p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
	     p++) {
		const char *name =
		    node_text(yaml_document_get_node(doc, p->key));
		const char *why = !name
		    ? "is not a name"
		    : read_app(
			  as, doc, yaml_document_get_node(doc, p->value), name);

		if (why)
			bad.tell(bad.arg, name ? name : "", why);
	}
	return NULL;
}

const char *
apps_read_yaml(
    struct apps *as, const char *text, size_t len, struct apps_bad bad)
{
	yaml_parser_t parser;
	yaml_document_t doc;
	const char *why = "is not YAML";

	as->n = 0;
	if (len == 0)
		return "is empty";
	if (!yaml_parser_initialize(&parser))
		return "does not fit in memory";
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	if (yaml_parser_load(&parser, &doc)) {
		why = read_document(as, &doc, bad);
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
	return why;
}

static int
put(yaml_document_t *doc, int map, const char *key, const char *value,
    bool quoted)
{
	int k = yaml_document_add_scalar(
	    doc, NULL, (const yaml_char_t *)key, -1, YAML_PLAIN_SCALAR_STYLE);
	int v = yaml_document_add_scalar(doc, NULL, (const yaml_char_t *)value,
	    -1,
	    quoted ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE);

	return k && v && yaml_document_append_mapping_pair(doc, map, k, v);
}

/* NAME: { hostname, ... }; text that looks like a number is quoted. */
static int
put_app(yaml_document_t *doc, int apps, const struct app *a)
{
	char external[8], internal[8];
	int name = yaml_document_add_scalar(doc, NULL,
	    (const yaml_char_t *)a->name, -1, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
	int map =
	    yaml_document_add_mapping(doc, NULL, YAML_BLOCK_MAPPING_STYLE);

	snprintf(external, sizeof(external), "%u", (unsigned)a->external);
	snprintf(internal, sizeof(internal), "%u", (unsigned)a->internal);
	return name && map && put(doc, map, "hostname", a->host, true) &&
	    put(doc, map, "external_port", external, false) &&
	    put(doc, map, "internal_port", internal, false) &&
	    put(doc, map, "open_path", a->path, true) &&
	    put(doc, map, "name", a->name, true) &&
	    yaml_document_append_mapping_pair(doc, apps, name, map);
}

static int
put_apps(yaml_document_t *doc, const struct apps *as)
{
	int root =
	    yaml_document_add_mapping(doc, NULL, YAML_BLOCK_MAPPING_STYLE);
	int key = yaml_document_add_scalar(doc, NULL,
	    (const yaml_char_t *)"applications", -1, YAML_PLAIN_SCALAR_STYLE);
	int apps =
	    yaml_document_add_mapping(doc, NULL, YAML_BLOCK_MAPPING_STYLE);

	if (!root || !key || !apps ||
	    !yaml_document_append_mapping_pair(doc, root, key, apps))
		return 0;
	for (size_t i = 0; i < as->n; i++)
		if (!put_app(doc, apps, &as->list[i]))
			return 0;
	return 1;
}

long
apps_print_yaml(const struct apps *as, char *out, size_t size)
{
	yaml_emitter_t emitter;
	yaml_document_t doc;
	size_t len = 0;
	bool good = false;

	if (!yaml_emitter_initialize(&emitter))
		return -ENOMEM;
	yaml_emitter_set_output_string(
	    &emitter, (unsigned char *)out, size, &len);
	yaml_emitter_set_unicode(&emitter, 1);
	yaml_emitter_set_width(&emitter, -1);
	if (yaml_document_initialize(&doc, NULL, NULL, NULL, 1, 1)) {
		if (put_apps(&doc, as))
			good = yaml_emitter_open(&emitter) &&
			    yaml_emitter_dump(&emitter, &doc) &&
			    yaml_emitter_close(&emitter);
		else
			yaml_document_delete(&doc);
	}
	yaml_emitter_delete(&emitter);
	return good ? (long)len : -ENOSPC;
}
