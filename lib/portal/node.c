#include "portal/node.h"

#include <string.h>

const char *
node_text(const yaml_node_t *n)
{
	return n && n->type == YAML_SCALAR_NODE &&
		strlen((const char *)n->data.scalar.value) ==
		    n->data.scalar.length
	    ? (const char *)n->data.scalar.value
	    : NULL;
}

yaml_node_t *
node_value(yaml_document_t *doc, const yaml_node_t *map, const char *key)
{
	const yaml_node_pair_t *p;

	if (!map || map->type != YAML_MAPPING_NODE)
		return NULL;
	for (p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
	     p++) {
		const char *text =
		    node_text(yaml_document_get_node(doc, p->key));

		if (text && strcmp(text, key) == 0)
			return yaml_document_get_node(doc, p->value);
	}
	return NULL;
}
