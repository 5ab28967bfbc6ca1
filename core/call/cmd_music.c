/* The console's view of music on hold. */
#include "core/call/music.h"

static const char *mode_name(const struct rd__music_class *class)
{
	static const char *const names[] = { "files", "playlist", "custom" };

	return class->tones ? "tones" : names[class->mode];
}

static const char *sort_name(const struct rd__music_class *class)
{
	static const char *const names[] = { "as found", "alpha", "random", "randstart" };

	return names[class->sort];
}

static void show_program(struct rd_cli *cli, const struct rd__music_class *class)
{
	int pid = class->program ? rd__music_program_pid(class->program) : 0;

	rd_cli_print(cli, "  Application:  %s\n", class->application);
	rd_cli_print(cli, "  Format:       %s, %d Hz\n", class->codec ? class->codec : "slin",
		     class->rate);
	if (pid)
		rd_cli_print(cli, "  Runs as:      process %d\n", pid);
	else
		rd_cli_print(cli, "  Runs as:      nothing now\n");
}

static void show_class(struct rd_cli *cli, const struct rd__music_class *class)
{
	rd_cli_print(cli, "Class: %s\n  Mode:         %s\n", class->name, mode_name(class));
	if (class->tones)
		rd_cli_print(cli, "  Tones:        %s\n", class->tones);
	if (class->directory)
		rd_cli_print(cli, "  Directory:    %s\n", class->directory);
	if (class->announcement)
		rd_cli_print(cli, "  Announcement: %s\n", class->announcement);
	if (class->application)
		show_program(cli, class);
	else if (!class->tones)
		rd_cli_print(cli, "  Files:        %d, sorted: %s%s\n", class->count,
			     sort_name(class), class->resume ? "; goes on where it was" : "");
}

static int show_classes(struct rd_cli *cli, int argc, const char *const *argv)
{
	const struct rd__music *music = rd__music_in_force();

	(void)argc;
	(void)argv;
	for (int i = 0; music && i < music->count; i++)
		show_class(cli, music->in_order[i]);
	rd_cli_count(cli, music ? music->count : 0, "class", "classes");
	return 0;
}

static int show_files(struct rd_cli *cli, int argc, const char *const *argv)
{
	const struct rd__music *music = rd__music_in_force();
	int count = 0;

	(void)argc;
	(void)argv;
	for (int i = 0; music && i < music->count; i++) {
		const struct rd__music_class *class = music->in_order[i];

		if (!class->count)
			continue;
		rd_cli_print(cli, "Class: %s\n", class->name);
		for (int file = 0; file < class->count; file++, count++)
			rd_cli_print(cli, "  File: %s\n", class->files[file]);
	}
	rd_cli_count(cli, count, "file", "files");
	return 0;
}

static int reload(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argc;
	(void)argv;
	return rd_cli_reload(cli, "musiconhold");
}

const struct rd_cli_command rd__music_commands[] = {
	{ .name = "moh show classes",
	  .usage = "",
	  .help = "Classes of music on hold, and where each comes from.",
	  .run = show_classes },
	{ .name = "moh show files",
	  .usage = "",
	  .help = "The files of each class of music, in the order of the list.",
	  .run = show_files },
	{ .name = "moh reload",
	  .usage = "",
	  .help = "Read musiconhold.conf and the folders that it names anew.",
	  .run = reload },
	{ 0 },
};
