/* The console's view of profiles: what confbridge.conf says, as it is in force. */
#include <string.h>

#include "apps/app_confbridge/confbridge.h"

static int list(struct rd_cli *cli, enum conf_kind kind)
{
	struct conf_settings *settings;
	size_t n = 0;
	int rc = conf_settings_get(&settings);

	if (rc)
		return rc;
	rd_list_foreach(node, tmp, &settings->profiles) {
		const struct conf_profile *profile = rd_list_entry(node, struct conf_profile, link);

		if (profile->kind != kind)
			continue;
		rd_cli_print(cli, "%s\n", profile->name);
		n++;
	}
	rd_cli_count(cli, n, "profile", "profiles");
	conf_settings_unref(settings);
	return 0;
}

static void print_file(struct rd_cli *cli, const struct conf_settings *settings, const char *name)
{
	const struct rd_config_section *section = rd_config_find(settings->config, name);
	const struct rd_config_line *line = NULL;

	if (!section)
		rd_cli_print(cli, "all defaults\n");
	while (section && (line = rd_config_line_next(section, line)))
		if (strcmp(line->name, "type") != 0)
			rd_cli_print(cli, "%-28s %s\n", line->name,
				     strcmp(line->name, "pin") == 0 ? "(set)" : line->value);
}

static void print_menu(struct rd_cli *cli, const struct conf_profile *profile)
{
	for (const struct conf_keys *row = profile->menu; row; row = row->next)
		rd_cli_print(cli, "%-8s %s\n", row->keys, row->text);
}

static int show_one(struct rd_cli *cli, enum conf_kind kind, const char *name)
{
	const struct conf_profile *profile;
	struct conf_settings *settings;
	int rc = conf_settings_get(&settings);

	if (rc)
		return rc;
	profile = conf_profile_find(settings, kind, name);
	if (!profile)
		rd_cli_print(cli, "No %s profile \"%s\"\n", conf_kind_names[kind], name);
	else if (kind == CONF_MENU)
		print_menu(cli, profile);
	else
		print_file(cli, settings, name);
	conf_settings_unref(settings);
	return profile ? 0 : 1;
}

/* "user boss", or "users". */
int conf_show_profile(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct rd_str kind = rd_str_of(argc > 0 ? argv[0] : "");

	if (argc == 1 && kind.n > 1 && kind.p[kind.n - 1] == 's') {
		kind.n--;
		if (conf_kind_of(kind) < CONF_KINDS)
			return list(cli, conf_kind_of(kind));
	}
	if (argc != 2 || conf_kind_of(kind) == CONF_KINDS)
		return -EINVAL;
	return show_one(cli, conf_kind_of(kind), argv[1]);
}
