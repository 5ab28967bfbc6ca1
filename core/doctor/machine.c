/* What the machine has for an exchange: limits, time, names, disk, prompts, database. */
#include <netdb.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "core/doctor/doctor.h"
#include "core/sched/stack.h"

enum {
	FILES_WANTED = 4096, /* a call has four; the rest is phones by TCP */
	FIBERS_WANTED = 2000,
	BUFFER_WANTED = 1 << 20, /* of a socket that all phones send to */
	FREE_MIB = 200,
	FREE_PERCENT = 5,
	NAMES_MS = 2000,
	ANSWER_MAX = 256,
};

/* ---- limits ---- */

static long read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	long number = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &number) != 1)
		number = -1;
	fclose(file);
	return number;
}

static void look_at_limits(void)
{
	long buffer = read_number("/proc/sys/net/core/rmem_max");
	size_t fibers = rd__stacks_possible();
	struct rlimit files = { 0 };

	getrlimit(RLIMIT_NOFILE, &files);
	rd__doctor_tell(files.rlim_max >= FILES_WANTED ? RD__FINDING_GOOD : RD__FINDING_UNWISE,
			"file descriptors", "raise LimitNOFILE of the unit, or ulimit -Hn",
			"%llu; a call takes four, and one more for each who is silent",
			(unsigned long long)files.rlim_max);
	if (fibers < FIBERS_WANTED)
		rd__doctor_tell(RD__FINDING_UNWISE, "fibers", "sysctl -w vm.max_map_count=262144",
				"vm.max_map_count allows %zu; a call has one or two", fibers);
	if (buffer >= 0)
		rd__doctor_tell(buffer >= BUFFER_WANTED ? RD__FINDING_GOOD : RD__FINDING_UNWISE,
				"socket buffers", "sysctl -w net.core.rmem_max=1048576",
				"net.core.rmem_max is %ld; storms of registrations want %d", buffer,
				BUFFER_WANTED);
}

/* ---- time ---- */

static void look_at_time(void)
{
	struct timex state = { 0 };
	int rc = adjtimex(&state);
	bool is_kept = rc >= 0 && rc != TIME_ERROR && !(state.status & STA_UNSYNC);

	rd__doctor_tell(is_kept ? RD__FINDING_GOOD : RD__FINDING_UNWISE, "time",
			"run chrony or systemd-timesyncd, here or on the host of this machine",
			is_kept ? "the clock is kept right" : "nothing keeps the clock right");
}

/* ---- names ---- */

struct server {
	struct sockaddr_storage address;
	socklen_t size;
};

static bool read_server(const char *text, struct server *server)
{
	const struct addrinfo how = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				      .ai_socktype = SOCK_DGRAM };
	struct addrinfo *found;

	if (getaddrinfo(text, "53", &how, &found))
		return false;
	memcpy(&server->address, found->ai_addr, found->ai_addrlen);
	server->size = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

/* Who is asked, of /etc/resolv.conf; false at the end. */
static bool next_server(FILE *file, struct server *server)
{
	char text[256], address[64];

	while (fgets(text, sizeof(text), file))
		if (sscanf(text, " nameserver %63s", address) == 1 && read_server(address, server))
			return true;
	return false;
}

/* It is asked for the name servers of the root, which everybody knows. */
static bool server_answers(const struct server *server)
{
	static const unsigned char question[17] = { 0x52, 0x44, 1, 0, 0, 1, 0, 0, 0,
						    0,    0,    0, 0, 0, 2, 0, 1 };
	int fd = socket(server->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd answer = { .fd = fd, .events = POLLIN };
	char text[512];
	bool answers;

	if (fd < 0)
		return false;
	answers = connect(fd, (const struct sockaddr *)&server->address, server->size) == 0 &&
		  send(fd, question, sizeof(question), 0) == sizeof(question) &&
		  poll(&answer, 1, NAMES_MS) == 1 && recv(fd, text, sizeof(text), 0) > 12 &&
		  memcmp(text, question, 2) == 0;
	close(fd);
	return answers;
}

static void look_at_names(void)
{
	FILE *file = fopen("/etc/resolv.conf", "re");
	unsigned servers = 0, answering = 0;
	struct server server;

	while (file && next_server(file, &server)) {
		servers++;
		answering += server_answers(&server);
	}
	if (file)
		fclose(file);
	rd__doctor_tell(answering ? RD__FINDING_GOOD : RD__FINDING_UNWISE, "names",
			"look at /etc/resolv.conf; trunks that are named by a name need one",
			"%u of %u name servers answer", answering, servers);
}

/* ---- disk ---- */

static void look_at_disk(const char *which)
{
	const char *path = rd_directory(which);
	struct statvfs disk;
	unsigned long long free_mib;

	if (!path || statvfs(path, &disk) < 0)
		return; /* it is made at the start */
	free_mib = (unsigned long long)disk.f_bavail * disk.f_frsize >> 20;
	if (access(path, W_OK) < 0 && disk.f_flag & ST_RDONLY)
		rd__doctor_tell(RD__FINDING_WRONG, "disk", "mount it so that it can be written",
				"%s cannot be written", path);
	else if (free_mib < FREE_MIB ||
		 disk.f_bavail * 100 / RD_MAX(disk.f_blocks, 1ul) < FREE_PERCENT)
		rd__doctor_tell(RD__FINDING_UNWISE, "disk", "make room, or move it to another disk",
				"%s has %llu MiB left", path, free_mib);
	else
		rd__doctor_tell(RD__FINDING_GOOD, "disk", NULL, "%s has %llu MiB left", path,
				free_mib);
}

/* ---- prompts and the database ---- */

static void look_at_prompts(void)
{
	static const char *const endings[] = { "wav", "ulaw", "alaw", "gsm", "g722", "sln16" };
	static const char *const folders[] = { "en/", "" }; /* where calls look, too */
	char path[4096];

	for (size_t f = 0; f < RD_ARRAY_SIZE(folders); f++)
		for (size_t i = 0; i < RD_ARRAY_SIZE(endings); i++) {
			snprintf(path, sizeof(path), "%s/%svm-intro.%s", rd_directory("sounds"),
				 folders[f], endings[i]);
			if (access(path, R_OK) < 0)
				continue;
			rd__doctor_tell(RD__FINDING_GOOD, "prompts", NULL, "%s", path);
			return;
		}
	rd__doctor_tell(RD__FINDING_UNWISE, "prompts",
			"apt install asterisk-core-sounds-en asterisk-core-sounds-en-wav, or set "
			"sounds in ringdown.conf",
			"there are none in %s: voicemail and announcements are mute",
			rd_directory("sounds"));
}

static int keep_answer(void *arg, int columns, char **values, char **names)
{
	(void)names;
	char *answer = arg;

	if (columns > 0 && values[0])
		rd_strcpy(answer, ANSWER_MAX, values[0]);
	while ((answer = strchr(answer, '\n')))
		*answer = ' ';
	return 0;
}

static void look_at_database(void)
{
	char path[4096], answer[ANSWER_MAX] = "";
	sqlite3 *database = NULL;
	int rc;

	snprintf(path, sizeof(path), "%s/ringdown.db", rd_directory("state"));
	if (access(path, F_OK) < 0)
		return; /* before the first start */
	rc = sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_busy_timeout(database, NAMES_MS);
		rc = sqlite3_exec(database, "PRAGMA quick_check(1)", keep_answer, answer, NULL);
	}
	if (rc == SQLITE_OK && strcmp(answer, "ok") == 0)
		rd__doctor_tell(RD__FINDING_GOOD, "database", NULL, "%s is whole", path);
	else
		rd__doctor_tell(
			RD__FINDING_WRONG, "database",
			"stop the daemon; sqlite3 ringdown.db .recover | sqlite3 new.db, and "
			"put new.db in its place",
			"%s: %s", path, *answer ? answer : sqlite3_errmsg(database));
	sqlite3_close(database);
}

void rd__doctor_machine(void)
{
	look_at_limits();
	look_at_time();
	look_at_names();
	look_at_disk("state");
	look_at_disk("log");
	look_at_disk("spool");
	look_at_prompts();
	look_at_database();
}
