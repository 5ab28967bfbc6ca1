/* XML from strangers, into a tree in a pool. libxml2 splits the text and tells
 * what it meets; the limits are kept here, while it does. */
#include <string.h>

#include <libxml/parser.h>

#include <ringdown/xml.h>

/* An element while it is read. The public part is what remains of use. */
struct element {
	struct rd_xml pub;
	struct element *parent;
	const struct rd_xml **last; /* where the next child goes */
	char *text;
	size_t size, room;
};

struct reading {
	struct rd_pool *pool;
	xmlParserCtxtPtr parser;
	struct element *open; /* the innermost */
	const struct rd_xml *root;
	int depth, elements, rc;
};

static void stop(struct reading *reading, int rc)
{
	if (!reading->rc)
		reading->rc = rc;
	xmlStopParser(reading->parser);
}

static const char *copy(struct reading *reading, const xmlChar *text, size_t size)
{
	char *own = text ? rd_pool_strndup(reading->pool, (const char *)text, size) : NULL;

	if (text && !own)
		stop(reading, -ENOMEM);
	return own ? own : "";
}

static const char *copy_all(struct reading *reading, const xmlChar *text)
{
	return copy(reading, text, text ? strlen((const char *)text) : 0);
}

/* Five pointers each: name, prefix, namespace, value, its end. */
static void read_attributes(struct reading *reading, struct rd_xml *node, int count,
			    const xmlChar **from)
{
	struct rd_xml_attribute *list;

	if (count <= 0)
		return;
	list = rd_pool_zalloc(reading->pool, (size_t)count * sizeof(*list));
	if (!list) {
		stop(reading, -ENOMEM);
		return;
	}
	for (int i = 0; i < count; i++, from += 5) {
		list[i].name = copy_all(reading, from[0]);
		list[i].ns = copy_all(reading, from[2]);
		list[i].value = copy(reading, from[3], (size_t)(from[4] - from[3]));
	}
	node->attributes = list;
	node->attribute_count = (size_t)count;
}

static void begin_element(void *arg, const xmlChar *name, const xmlChar *prefix,
			  const xmlChar *ns, int ns_count, const xmlChar **namespaces,
			  int count, int defaulted, const xmlChar **attributes)
{
	struct reading *reading = arg;
	struct element *element;

	(void)prefix, (void)ns_count, (void)namespaces, (void)defaulted;
	if (reading->rc)
		return;
	if (++reading->depth > RD_XML_DEPTH_MAX || ++reading->elements > RD_XML_ELEMENTS_MAX) {
		stop(reading, -E2BIG);
		return;
	}
	element = rd_pool_zalloc(reading->pool, sizeof(*element));
	if (!element) {
		stop(reading, -ENOMEM);
		return;
	}
	element->pub.name = copy_all(reading, name);
	element->pub.ns = copy_all(reading, ns);
	element->pub.text = "";
	element->last = &element->pub.first;
	element->parent = reading->open;
	read_attributes(reading, &element->pub, count, attributes);
	if (element->parent) {
		*element->parent->last = &element->pub;
		element->parent->last = &element->pub.next;
	} else {
		reading->root = &element->pub;
	}
	reading->open = element;
}

static void end_element(void *arg, const xmlChar *name, const xmlChar *prefix,
			const xmlChar *ns)
{
	struct reading *reading = arg;
	struct element *element = reading->open;
	struct rd_str text;

	(void)name, (void)prefix, (void)ns;
	if (reading->rc || !element)
		return;
	if (element->text) {
		text = rd_str_trim((struct rd_str){ element->text, element->size });
		element->text[(size_t)(text.p - element->text) + text.n] = '\0';
		element->pub.text = text.n ? text.p : "";
	}
	reading->open = element->parent;
	reading->depth--;
}

/* Comes in pieces. */
static void add_text(void *arg, const xmlChar *text, int size)
{
	struct reading *reading = arg;
	struct element *element = reading->open;
	char *larger;

	if (reading->rc || !element || size <= 0)
		return;
	if (element->size + (size_t)size + 1 > element->room) {
		element->room = 2 * (element->size + (size_t)size + 1);
		larger = rd_pool_alloc(reading->pool, element->room);
		if (!larger) {
			stop(reading, -ENOMEM);
			return;
		}
		if (element->size)
			memcpy(larger, element->text, element->size);
		element->text = larger;
	}
	memcpy(element->text + element->size, text, (size_t)size);
	element->size += (size_t)size;
	element->text[element->size] = '\0';
}

static void refuse_type(void *arg, const xmlChar *name, const xmlChar *external,
			const xmlChar *system)
{
	(void)name, (void)external, (void)system;
	stop(arg, -EINVAL);
}

static void stay_silent(void *arg, xmlErrorPtr error)
{
	(void)arg, (void)error;
}

static int parse(struct reading *reading, struct rd_str text)
{
	xmlSAXHandler handler = {
		.initialized = XML_SAX2_MAGIC,
		.internalSubset = refuse_type,
		.startElementNs = begin_element,
		.endElementNs = end_element,
		.characters = add_text,
		.cdataBlock = add_text,
		.serror = stay_silent,
	};
	int rc;

	xmlInitParser();
	/* What is wrong with an encoding is not told by the handler, but by the thread. */
	xmlSetStructuredErrorFunc(NULL, stay_silent);
	reading->parser = xmlCreatePushParserCtxt(&handler, reading, NULL, 0, NULL);
	if (!reading->parser)
		return -ENOMEM;
	/* NOENT turns "&amp;" in attributes into what it means. There is nothing
	 * else that it could replace, for a document type ends the reading. */
	xmlCtxtUseOptions(reading->parser, XML_PARSE_NONET | XML_PARSE_NOENT);
	rc = xmlParseChunk(reading->parser, text.p, (int)text.n, 1);
	if (rc || !reading->parser->wellFormed || !reading->parser->nsWellFormed)
		rc = -EINVAL;
	rc = reading->rc ? reading->rc : rc;
	xmlFreeParserCtxt(reading->parser);
	return rc;
}

int rd_xml_read(const struct rd_xml **root, struct rd_pool *pool, struct rd_str text)
{
	struct reading reading = { .pool = pool };
	int rc;

	if (text.n > RD_XML_SIZE_MAX)
		return -E2BIG;
	rc = parse(&reading, text);
	if (rc == 0 && !reading.root)
		rc = -EINVAL;
	if (rc == 0)
		*root = reading.root;
	return rc;
}

/* ---- looking around in it ---- */

static const struct rd_xml *find_from(const struct rd_xml *node, const char *ns,
				      const char *name)
{
	while (node && (strcmp(node->name, name) != 0 || (ns && strcmp(node->ns, ns) != 0)))
		node = node->next;
	return node;
}

const struct rd_xml *rd_xml_child(const struct rd_xml *parent, const char *ns,
				  const char *name)
{
	return find_from(parent ? parent->first : NULL, ns, name);
}

const struct rd_xml *rd_xml_next(const struct rd_xml *node, const char *ns, const char *name)
{
	return find_from(node ? node->next : NULL, ns, name);
}

const char *rd_xml_attribute(const struct rd_xml *node, const char *name)
{
	for (size_t i = 0; node && i < node->attribute_count; i++)
		if (!*node->attributes[i].ns && strcmp(node->attributes[i].name, name) == 0)
			return node->attributes[i].value;
	return NULL;
}
