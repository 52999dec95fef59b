/*
 * node.h - what is in a document of libyaml
 */
#ifndef PORTAL_NODE_H
#define PORTAL_NODE_H

#include <yaml.h>

/* A scalar's text, which is the document's; NULL for all else. */
const char *node_text(const yaml_node_t *n);

/* The value of a mapping's key; NULL when it has none or is no mapping. */
yaml_node_t *node_value(
    yaml_document_t *doc, const yaml_node_t *map, const char *key);

#endif
