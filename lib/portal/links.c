#include "portal/links.h"

#include <stdio.h>
#include <string.h>

#include "portal/node.h"

enum { FIELD_MAX = 2048 };

/* Is it one? */
static bool
tell_good(const struct link *l, links_tell *tell, void *arg)
{
	bool good = *l->label &&
	    (strncmp(l->url, "https://", 8) == 0 ||
		strncmp(l->url, "http://", 7) == 0 || *l->url == '/');

	if (good)
		tell(arg, l);
	return good;
}

/* What is before the next mark or end, without blanks around it. */
static void
take(const char **text, const char *end, char mark, char *out)
{
	const char *stop = memchr(*text, mark, (size_t)(end - *text));
	const char *from = *text, *to = stop ? stop : end;

	while (from < to && *from == ' ')
		from++;
	while (to > from && to[-1] == ' ')
		to--;
	snprintf(out, FIELD_MAX, "%.*s", (int)(to - from), from);
	*text = stop ? stop + 1 : end;
}

void
links_read_variable(const char *text, links_tell *tell, void *arg)
{
	char label[FIELD_MAX], url[FIELD_MAX], description[FIELD_MAX];
	const struct link l = { label, url, description, "", false };

	while (*text) {
		const char *end = text + strcspn(text, ",");

		take(&text, end, '|', label);
		take(&text, end, '|', url);
		take(&text, end, '|', description);
		tell_good(&l, tell, arg);
		text = end + (*end == ',');
	}
}

static const char *
text_at(yaml_document_t *doc, const yaml_node_t *map, const char *key)
{
	const char *text = node_text(node_value(doc, map, key));

	return text ? text : "";
}

/* Those of a list; more are beside the one before. */
static void
read_list(yaml_document_t *doc, const yaml_node_t *list, bool more,
    links_tell *tell, void *arg)
{
	const yaml_node_item_t *i = list->data.sequence.items.start;

	for (; i < list->data.sequence.items.top; i++) {
		const yaml_node_t *map = yaml_document_get_node(doc, *i);
		const yaml_node_t *beside = node_value(doc, map, "links");
		const struct link l = {
			text_at(doc, map, "label"),
			text_at(doc, map, "url"),
			text_at(doc, map, "description"),
			text_at(doc, map, "button_text"),
			more,
		};

		if (tell_good(&l, tell, arg) && !more && beside &&
		    beside->type == YAML_SEQUENCE_NODE)
			read_list(doc, beside, true, tell, arg);
	}
}

const char *
links_read_yaml(const char *text, size_t len, links_tell *tell, void *arg)
{
	yaml_parser_t parser;
	yaml_document_t doc;
	const yaml_node_t *root;
	const char *why = "is not YAML";

	if (!yaml_parser_initialize(&parser))
		return "does not fit in memory";
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	if (yaml_parser_load(&parser, &doc)) {
		root = yaml_document_get_root_node(&doc);
		why = NULL;
		if (root && root->type == YAML_SEQUENCE_NODE)
			read_list(&doc, root, false, tell, arg);
		else if (root)
			why = "is not a list";
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
	return why;
}
