/* pjsip.conf of a test. */
#include "tests/unit/test.h"

#include "tests/unit/conf_dir.h"
#include "tests/unit/pjsip_conf.h"

struct sip_settings *settings;
char *findings;

int pjsip_open(void **state)
{
	(void)state;
	conf_dir_make();
	return 0;
}

static void forget(void)
{
	sip_settings_unref(settings);
	settings = NULL;
	rd_free(findings);
	findings = NULL;
}

int pjsip_close(void **state)
{
	(void)state;
	forget();
	conf_dir_remove();
	return 0;
}

int pjsip_read(void)
{
	struct rd_config_report *report;
	int rc;

	forget();
	assert_int_equal(rd_config_report_new(&report), 0);
	rc = sip_settings_read(&settings, report);
	findings = conf_report_text(report);
	rd_config_report_free(report);
	return rc;
}

void pjsip_take(const char *pjsip)
{
	conf_dir_write("pjsip.conf", pjsip);
	if (pjsip_read())
		fail_msg("%s", findings);
}

const struct sip_endpoint *pjsip_endpoint(const char *name)
{
	const struct sip_endpoint *found = sip_settings_find(settings, rd_str_of(name));

	assert_non_null(found);
	return found;
}

int pjsip_read_once(void *arg)
{
	struct rd_config_report *report;
	struct sip_settings *mine;
	int rc = rd_config_report_new(&report);

	(void)arg;
	if (rc)
		return rc;
	rc = sip_settings_read(&mine, report);
	if (rc == 0)
		sip_settings_unref(mine);
	rd_config_report_free(report);
	return rc;
}
