/* Ringdown SDK: small XML documents, theirs read and ours written. What is read
 * comes from strangers: nothing is fetched, a document type is refused (so there
 * are no entities but the five of XML itself), size, depth and number of elements
 * are limited. libxml2 does the work. Nothing yields. */
#ifndef RINGDOWN_XML_H
#define RINGDOWN_XML_H

#include <ringdown/base.h>
#include <ringdown/pool.h>
#include <ringdown/str.h>

enum {
	RD_XML_SIZE_MAX = 65536, /* bytes */
	RD_XML_DEPTH_MAX = 32,
	RD_XML_ELEMENTS_MAX = 4096,
};

struct rd_xml_attribute {
	const char *name, *ns, *value; /* ns: "" for none */
};

/* One element; everything lives in the pool that it was read into. */
struct rd_xml {
	const char *name; /* without prefix */
	const char *ns;	  /* the URI of its namespace, "" for none */
	const char *text; /* the text in it (not in its children), no space around */
	const struct rd_xml_attribute *attributes;
	size_t attribute_count;
	const struct rd_xml *first; /* child */
	const struct rd_xml *next;  /* sibling */
};

struct rd_xml_writer;

RD_API_BEGIN

/* 0; -EINVAL: not well formed, or with a document type; -E2BIG: beyond a limit;
 * -ENOMEM. */
int rd_xml_read(const struct rd_xml **root, struct rd_pool *pool, struct rd_str text);

/* The first child of this name, or the next sibling; ns NULL: of any namespace.
 * NULL when there is none; parent and node may be NULL. */
const struct rd_xml *rd_xml_child(const struct rd_xml *parent, const char *ns,
				  const char *name);
const struct rd_xml *rd_xml_next(const struct rd_xml *node, const char *ns,
				 const char *name);
/* An attribute without namespace; NULL without it. */
const char *rd_xml_attribute(const struct rd_xml *node, const char *name);

/**
 * Write a document, appended to buf: begin and end elements, with attributes
 * before anything else in them. Texts may be anything: what XML cannot hold
 * becomes a question mark. An error is kept and told at the end. 0 or -ENOMEM.
 */
int rd_xml_writer_new(struct rd_xml_writer **wp, struct rd_buf *buf);
/* An element; what follows is in it, until its end. */
void rd_xml_begin(struct rd_xml_writer *writer, const char *name);
void rd_xml_put(struct rd_xml_writer *writer, const char *attribute, const char *value);
void rd_xml_put_number(struct rd_xml_writer *writer, const char *attribute, uint64_t value);
void rd_xml_text(struct rd_xml_writer *writer, const char *text);
void rd_xml_end(struct rd_xml_writer *writer);
/* begin, text, end. */
void rd_xml_element(struct rd_xml_writer *writer, const char *name, const char *text);
/* An element that was read, with all that is in it; ns: the namespace in force
 * where it goes. */
void rd_xml_copy(struct rd_xml_writer *writer, const struct rd_xml *node, const char *ns);
/* End all that is open, and the writer. 0 or -ENOMEM. */
int rd_xml_writer_close(struct rd_xml_writer *writer);

RD_API_END

#endif
