/* XML from strangers: what is read can be written, and is the same when it is read
 * again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/xml.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Text is told apart from its children: the order among them is not kept. */
static bool is_same(const struct rd_xml *a, const struct rd_xml *b)
{
	if (strcmp(a->name, b->name) != 0 || strcmp(a->ns, b->ns) != 0 ||
	    strcmp(a->text, b->text) != 0)
		return false;
	a = a->first;
	b = b->first;
	for (; a && b; a = a->next, b = b->next)
		if (!is_same(a, b))
			return false;
	return !a && !b;
}

static void write_and_read(const struct rd_xml *root, struct rd_pool *pool)
{
	const struct rd_xml *again;
	struct rd_xml_writer *writer;
	struct rd_buf buf;

	rd_buf_init(&buf);
	rd_assert(rd_xml_writer_new(&writer, &buf) == 0);
	rd_xml_copy(writer, root, "");
	rd_assert(rd_xml_writer_close(writer) == 0);
	/* Namespaces written out may make it too large. */
	if (buf.n <= RD_XML_SIZE_MAX) {
		rd_assert(rd_xml_read(&again, pool, (struct rd_str){ buf.p, buf.n }) == 0);
		rd_assert(is_same(root, again));
	}
	rd_buf_fini(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rd_xml *root;
	struct rd_pool *pool;

	if (rd_pool_new(&pool, 0))
		return 0;
	if (rd_xml_read(&root, pool, (struct rd_str){ (const char *)data, size }) == 0) {
		rd_xml_attribute(rd_xml_child(root, NULL, "tuple"), "id");
		write_and_read(root, pool);
	}
	rd_pool_free(pool);
	return 0;
}
