/* XML of ours: libxml2's writer over a growing buffer, with texts made fit for it. */
#include <stdio.h>
#include <string.h>

#include <libxml/chvalid.h>
#include <libxml/xmlwriter.h>

#include <ringdown/xml.h>

struct rd_xml_writer {
	xmlTextWriterPtr writer;
	struct rd_buf *buf;
	struct rd_buf clean; /* a text without what XML cannot hold */
	bool failed;
};

/* Want of memory is told at the end: libxml2 would complain on the terminal. */
static int add(void *arg, const char *text, int size)
{
	rd_buf_add(arg, text, (size_t)size);
	return size;
}

static void free_writer(struct rd_xml_writer *writer)
{
	xmlFreeTextWriter(writer->writer);
	rd_buf_fini(&writer->clean);
	rd_free(writer);
}

static int open_writer(struct rd_xml_writer *writer)
{
	xmlOutputBufferPtr out = xmlOutputBufferCreateIO(add, NULL, writer->buf, NULL);

	writer->writer = out ? xmlNewTextWriter(out) : NULL;
	if (!writer->writer && out)
		xmlOutputBufferClose(out);
	return writer->writer &&
	       xmlTextWriterStartDocument(writer->writer, NULL, "UTF-8", NULL) >= 0
		       ? 0 : -ENOMEM;
}

int rd_xml_writer_new(struct rd_xml_writer **wp, struct rd_buf *buf)
{
	struct rd_xml_writer *writer = rd_zalloc(sizeof(*writer));
	int rc;

	if (!writer)
		return -ENOMEM;
	writer->buf = buf;
	rd_buf_init(&writer->clean);
	rc = open_writer(writer);
	if (rc)
		free_writer(writer);
	else
		*wp = writer;
	return rc;
}

static void note(struct rd_xml_writer *writer, int written)
{
	writer->failed |= written < 0;
}

/* Names come from people's phones: in Latin-1, or with control characters. */
static const xmlChar *clean(struct rd_xml_writer *writer, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	const unsigned char *end = at + strlen(text);

	rd_buf_reset(&writer->clean);
	while (at < end) {
		struct rd_str rest = { (const char *)at, (size_t)(end - at) };
		size_t n = rd_utf8_length(rest);
		int size = (int)n, c = n ? xmlGetUTF8Char(at, &size) : -1;

		if (c < 0 || !xmlIsCharQ((unsigned)c))
			rd_buf_addc(&writer->clean, '?');
		else
			rd_buf_add(&writer->clean, rest.p, n);
		at += RD_MAX(n, (size_t)1);
	}
	writer->failed |= writer->clean.failed;
	return (const xmlChar *)rd_buf_text(&writer->clean);
}

void rd_xml_begin(struct rd_xml_writer *writer, const char *name)
{
	note(writer, xmlTextWriterStartElement(writer->writer, (const xmlChar *)name));
}

void rd_xml_put(struct rd_xml_writer *writer, const char *attribute, const char *value)
{
	note(writer, xmlTextWriterWriteAttribute(writer->writer, (const xmlChar *)attribute,
						 clean(writer, value)));
}

void rd_xml_put_number(struct rd_xml_writer *writer, const char *attribute, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	rd_xml_put(writer, attribute, text);
}

void rd_xml_text(struct rd_xml_writer *writer, const char *text)
{
	if (*text)
		note(writer, xmlTextWriterWriteString(writer->writer, clean(writer, text)));
}

void rd_xml_end(struct rd_xml_writer *writer)
{
	note(writer, xmlTextWriterEndElement(writer->writer));
}

void rd_xml_element(struct rd_xml_writer *writer, const char *name, const char *text)
{
	rd_xml_begin(writer, name);
	rd_xml_text(writer, text);
	rd_xml_end(writer);
}

/* Of attributes with a namespace only xml:lang and its kin are of use to anybody. */
static void copy_attribute(struct rd_xml_writer *writer, const struct rd_xml_attribute *from)
{
	char name[64];

	if (!*from->ns)
		rd_xml_put(writer, from->name, from->value);
	else if (strcmp(from->ns, (const char *)XML_XML_NAMESPACE) == 0 &&
		 snprintf(name, sizeof(name), "xml:%s", from->name) < (int)sizeof(name))
		rd_xml_put(writer, name, from->value);
}

static void copy_start(struct rd_xml_writer *writer, const struct rd_xml *node, const char *ns)
{
	rd_xml_begin(writer, node->name);
	if (strcmp(node->ns, ns) != 0)
		rd_xml_put(writer, "xmlns", node->ns);
	for (size_t i = 0; i < node->attribute_count; i++)
		copy_attribute(writer, &node->attributes[i]);
	rd_xml_text(writer, node->text);
}

void rd_xml_copy(struct rd_xml_writer *writer, const struct rd_xml *node, const char *ns)
{
	copy_start(writer, node, ns);
	for (const struct rd_xml *child = node->first; child; child = child->next)
		rd_xml_copy(writer, child, node->ns);
	rd_xml_end(writer);
}

int rd_xml_writer_close(struct rd_xml_writer *writer)
{
	bool failed;

	note(writer, xmlTextWriterEndDocument(writer->writer));
	note(writer, xmlTextWriterFlush(writer->writer));
	failed = writer->failed || writer->buf->failed;
	free_writer(writer);
	return failed ? -ENOMEM : 0;
}
