/* XML: what strangers may send, what they may not, and what we write. */
#include "tests/unit/test.h"
#include "tests/unit/log_catch.h"

#include <ringdown/xml.h>

static struct rd_pool *pool;

static int open_pool(void **state)
{
	(void)state;
	return rd_pool_new(&pool, 0);
}

static int close_pool(void **state)
{
	(void)state;
	rd_pool_free(pool);
	return 0;
}

static int read_text(const char *text, const struct rd_xml **root)
{
	*root = NULL;
	return rd_xml_read(root, pool, rd_str_of(text));
}

static void a_document_becomes_a_tree(void **state)
{
	const struct rd_xml *root, *tuple;

	(void)state;
	assert_int_equal(read_text("<?xml version=\"1.0\"?>\n<p:presence xmlns:p=\"urn:pidf\" "
				   "entity=\"sip:a&amp;b@x\">\n"
				   " <p:tuple id=\"1\"> <p:status>\n open &lt;\n</p:status>"
				   "</p:tuple><p:tuple id=\"2\"/>"
				   "<note xmlns=\"\"><![CDATA[<hi>]]></note>"
				   "</p:presence>", &root), 0);
	assert_string_equal(root->name, "presence");
	assert_string_equal(root->ns, "urn:pidf");
	assert_string_equal(rd_xml_attribute(root, "entity"), "sip:a&b@x");
	assert_null(rd_xml_attribute(root, "none"));
	tuple = rd_xml_child(root, "urn:pidf", "tuple");
	assert_string_equal(rd_xml_attribute(tuple, "id"), "1");
	assert_string_equal(rd_xml_child(tuple, NULL, "status")->text, "open <");
	tuple = rd_xml_next(tuple, "urn:pidf", "tuple");
	assert_string_equal(rd_xml_attribute(tuple, "id"), "2");
	assert_string_equal(tuple->text, "");
	assert_null(rd_xml_next(tuple, "urn:pidf", "tuple"));
	assert_null(rd_xml_child(root, "urn:pidf", "note"));
	assert_string_equal(rd_xml_child(root, "", "note")->text, "<hi>");
	assert_null(rd_xml_child(NULL, NULL, "x"));
}

static void what_is_not_well_formed_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "text", "<a>", "<a></b>", "<a/><b/>", "<a>&nobody;</a>", "<a b=1/>",
		"<p:a/>x", "<a>\x01</a>", "<a>\xff\xfe</a>", "<a b=\"1\" b=\"2\"/>",
		"<p:a/>", "<a p:b=\"1\"/>", "<p:q:a xmlns:p=\"urn:p\"/>",
	};
	const struct rd_xml *root;

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(bad); i++)
		if (read_text(bad[i], &root) != -EINVAL)
			fail_msg("this was taken: %s", bad[i]);
}

/* The laughs, the file, and the address that somebody else would be asked for. */
static void a_document_type_is_refused(void **state)
{
	static const char *const bad[] = {
		"<!DOCTYPE a><a/>",
		"<!DOCTYPE a [<!ENTITY l \"ha\"><!ENTITY m \"&l;&l;&l;\">]><a>&m;</a>",
		"<!DOCTYPE a [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><a>&f;</a>",
		"<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/a.dtd\"><a/>",
		"<!DOCTYPE a [<!ENTITY % p SYSTEM \"http://127.0.0.1:1/p\"> %p;]><a/>",
	};
	const struct rd_xml *root;

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(bad); i++)
		assert_int_equal(read_text(bad[i], &root), -EINVAL);
}

static int read_deep(int depth)
{
	const struct rd_xml *root;
	struct rd_buf buf;
	int rc;

	rd_buf_init(&buf);
	for (int i = 0; i < depth; i++)
		rd_buf_adds(&buf, "<a>");
	for (int i = 0; i < depth; i++)
		rd_buf_adds(&buf, "</a>");
	rc = read_text(rd_buf_text(&buf), &root);
	rd_buf_fini(&buf);
	return rc;
}

static int read_wide(int count)
{
	const struct rd_xml *root;
	struct rd_buf buf;
	int rc;

	rd_buf_init(&buf);
	rd_buf_adds(&buf, "<a>");
	for (int i = 1; i < count; i++)
		rd_buf_adds(&buf, "<b/>");
	rd_buf_adds(&buf, "</a>");
	rc = read_text(rd_buf_text(&buf), &root);
	rd_buf_fini(&buf);
	return rc;
}

static void there_are_limits(void **state)
{
	static char large[RD_XML_SIZE_MAX + 2];
	const struct rd_xml *root;

	(void)state;
	assert_int_equal(read_deep(RD_XML_DEPTH_MAX), 0);
	assert_int_equal(read_deep(RD_XML_DEPTH_MAX + 1), -E2BIG);
	assert_int_equal(read_wide(RD_XML_ELEMENTS_MAX), 0);
	assert_int_equal(read_wide(RD_XML_ELEMENTS_MAX + 1), -E2BIG);
	memset(large, ' ', sizeof(large) - 1);
	memcpy(large, "<a/>", 4);
	assert_int_equal(read_text(large, &root), -E2BIG);
	large[RD_XML_SIZE_MAX] = '\0';
	assert_int_equal(read_text(large, &root), 0);
}

/* Each piece of text comes alone; together they must not cost more than they are. */
static void pieces_of_text_stay_cheap(void **state)
{
	const struct rd_xml *root;
	struct rd_buf buf;

	(void)state;
	rd_buf_init(&buf);
	rd_buf_adds(&buf, "<a>");
	for (int i = 0; i < 13000; i++)
		rd_buf_adds(&buf, "&lt;");
	rd_buf_adds(&buf, "</a>");
	assert_int_equal(read_text(rd_buf_text(&buf), &root), 0);
	assert_int_equal(strlen(root->text), 13000);
	assert_true(rd_pool_size(pool) < 1 << 18);
	rd_buf_fini(&buf);
}

/* ---- writing ---- */

static void what_is_written_can_be_read(void **state)
{
	struct rd_xml_writer *writer;
	const struct rd_xml *root;
	struct rd_buf buf;

	(void)state;
	rd_buf_init(&buf);
	assert_int_equal(rd_xml_writer_new(&writer, &buf), 0);
	rd_xml_begin(writer, "dialog-info");
	rd_xml_put(writer, "xmlns", "urn:d");
	rd_xml_put(writer, "entity", "\"<sip:a&b>\"");
	rd_xml_put_number(writer, "version", 7);
	rd_xml_element(writer, "state", "a<b & \"c\"");
	rd_xml_begin(writer, "open");
	assert_int_equal(rd_xml_writer_close(writer), 0);
	assert_int_equal(strncmp(rd_buf_text(&buf), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
				 39), 0);
	assert_int_equal(read_text(rd_buf_text(&buf), &root), 0);
	assert_string_equal(rd_xml_attribute(root, "entity"), "\"<sip:a&b>\"");
	assert_string_equal(rd_xml_attribute(root, "version"), "7");
	assert_string_equal(rd_xml_child(root, "urn:d", "state")->text, "a<b & \"c\"");
	assert_non_null(rd_xml_child(root, "urn:d", "open"));
	rd_buf_fini(&buf);
}

static const char *written(struct rd_buf *buf, const char *text)
{
	struct rd_xml_writer *writer;
	const struct rd_xml *root;

	rd_buf_reset(buf);
	assert_int_equal(rd_xml_writer_new(&writer, buf), 0);
	rd_xml_element(writer, "a", text);
	assert_int_equal(rd_xml_writer_close(writer), 0);
	assert_int_equal(read_text(rd_buf_text(buf), &root), 0);
	return root->text;
}

static void what_xml_cannot_hold_becomes_a_question_mark(void **state)
{
	struct rd_buf buf;

	(void)state;
	rd_buf_init(&buf);
	assert_string_equal(written(&buf, "M\xc3\xbcller"), "M\xc3\xbcller");
	assert_string_equal(written(&buf, "M\xfcller"), "M?ller"); /* Latin-1 */
	assert_string_equal(written(&buf, "a\x01\x1f" "b"), "a??b");
	assert_string_equal(written(&buf, "cut \xe2\x82"), "cut ??");
	assert_string_equal(written(&buf, "\xef\xbf\xbf"), "?"); /* U+FFFF */
	assert_string_equal(written(&buf, "\xc0\xaf" "x"), "??x"); /* a '/' written too long */
	assert_string_equal(written(&buf, "\xe0\x80\xaf"), "???");
	rd_buf_fini(&buf);
}

static void an_element_is_copied_with_its_namespaces(void **state)
{
	const char *from = "<p:person xmlns:p=\"urn:dm\" xmlns:r=\"urn:rpid\" id=\"7\" "
			   "xml:lang=\"de\">"
			   "<r:activities><r:away/></r:activities><p:note>N &amp; M</p:note>"
			   "</p:person>";
	struct rd_xml_writer *writer;
	const struct rd_xml *root, *copy;
	struct rd_buf buf;

	(void)state;
	assert_int_equal(read_text(from, &root), 0);
	rd_buf_init(&buf);
	assert_int_equal(rd_xml_writer_new(&writer, &buf), 0);
	rd_xml_begin(writer, "presence");
	rd_xml_put(writer, "xmlns", "urn:pidf");
	rd_xml_copy(writer, root, "urn:pidf");
	assert_int_equal(rd_xml_writer_close(writer), 0);
	assert_int_equal(read_text(rd_buf_text(&buf), &copy), 0);
	copy = rd_xml_child(copy, "urn:dm", "person");
	assert_string_equal(rd_xml_attribute(copy, "id"), "7");
	assert_non_null(strstr(rd_buf_text(&buf), "xml:lang=\"de\""));
	assert_string_equal(rd_xml_child(copy, "urn:dm", "note")->text, "N & M");
	copy = rd_xml_child(copy, "urn:rpid", "activities");
	assert_non_null(rd_xml_child(copy, "urn:rpid", "away"));
	rd_buf_fini(&buf);
}

/* ---- memory ---- */

static int read_and_write(void *arg)
{
	const struct rd_xml *root;
	struct rd_xml_writer *writer;
	struct rd_pool *own;
	struct rd_buf buf;
	int rc;

	rc = rd_pool_new(&own, 16);
	if (rc)
		return rc;
	rd_buf_init(&buf);
	rc = rd_xml_read(&root, own, rd_str_of(arg));
	if (rc == 0)
		rc = rd_xml_writer_new(&writer, &buf);
	if (rc == 0) {
		rd_xml_copy(writer, root, "");
		rc = rd_xml_writer_close(writer);
	}
	rd_buf_fini(&buf);
	rd_pool_free(own);
	return rc;
}

static void memory_may_run_out_anywhere(void **state)
{
	char text[3000] = "<a b=\"c\"><d e=\"f\">";

	(void)state;
	memset(text + strlen(text), 'x', 2000);
	strcat(text, "</d></a>");
	assert_true(oom_sweep(read_and_write, text) > 4);
}

/* Whoever may publish would fill the journal. */
static void what_is_wrong_is_told_by_the_result_alone(void **state)
{
	static const char *const encodings[] = { "UTF-32", "UTF-16", "EUC-JP" };
	struct log_catch caught;
	const struct rd_xml *root;
	struct rd_pool *pool;
	char text[128];

	(void)state;
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	log_catch(&caught);
	for (size_t i = 0; i < RD_ARRAY_SIZE(encodings); i++) {
		snprintf(text, sizeof(text),
			 "<?xml version=\"1.0\" encoding=\"%s\"?>\n<a>\x8e\x01\x01</a>",
			 encodings[i]);
		rd_xml_read(&root, pool, rd_str_of(text));
	}
	assert_string_equal(log_caught(&caught), "");
	rd_pool_free(pool);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_pool, close_pool)
	const struct CMUnitTest tests[] = {
		TEST(a_document_becomes_a_tree),
		TEST(what_is_not_well_formed_is_refused),
		TEST(a_document_type_is_refused),
		TEST(there_are_limits),
		TEST(pieces_of_text_stay_cheap),
		TEST(what_is_written_can_be_read),
		TEST(what_xml_cannot_hold_becomes_a_question_mark),
		TEST(an_element_is_copied_with_its_namespaces),
		TEST(memory_may_run_out_anywhere),
		cmocka_unit_test(what_is_wrong_is_told_by_the_result_alone),
	};

	return RUN_GROUP(tests);
}
