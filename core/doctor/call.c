/* A call that the doctor places: a second daemon with a few lines of configuration, in
 * a folder that goes with it, calls itself at this machine's address. One leg plays a
 * tone, the other sends back what it hears, and what comes back is recorded. The daemon
 * that runs is not touched. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/doctor/doctor.h"

enum { PATIENCE_MS = 10000, LOOK_MS = 100, TALK_MS = 3000, END_MS = 5000 };

/* What is good enough: of 3 s; between two packets; how the tone is sent, and a dB. */
static const double SECONDS_LEAST = 2.5, GAP_MOST = 0.06;

struct patient {
	char folder[64], address[INET_ADDRSTRLEN];
	int port;
	pid_t daemon;
};

static void pass(int ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000L }, NULL);
}

/* ---- where ---- */

/* That of the first card; without one, loopback. */
static void find_address(char address[INET_ADDRSTRLEN])
{
	struct ifaddrs *all = NULL;

	rd_strcpy(address, INET_ADDRSTRLEN, "127.0.0.1");
	if (getifaddrs(&all) < 0)
		return;
	for (struct ifaddrs *it = all; it; it = it->ifa_next) {
		const struct sockaddr_in *in = (const void *)it->ifa_addr;

		if (!in || in->sin_family != AF_INET || it->ifa_flags & IFF_LOOPBACK ||
		    !(it->ifa_flags & IFF_RUNNING))
			continue;
		inet_ntop(AF_INET, &in->sin_addr, address, INET_ADDRSTRLEN);
		break;
	}
	freeifaddrs(all);
}

/* One that nobody has right now. */
static int find_port(const char *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t size = sizeof(in);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), port = -EADDRNOTAVAIL;

	inet_pton(AF_INET, address, &in.sin_addr);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&in, &size) == 0)
		port = ntohs(in.sin_port);
	close(fd);
	return port;
}

/* ---- its configuration ---- */

static int write_file(const struct patient *patient, const char *name, const char *fmt, ...)
	RD_PRINTF(3, 4);

static int write_file(const struct patient *patient, const char *name, const char *fmt, ...)
{
	char path[128];
	va_list ap;
	FILE *file;
	int rc;

	snprintf(path, sizeof(path), "%s/%s", patient->folder, name);
	file = fopen(path, "we");
	if (!file)
		return -errno;
	va_start(ap, fmt);
	rc = vfprintf(file, fmt, ap) < 0 ? -EIO : 0;
	va_end(ap);
	return fclose(file) < 0 ? -errno : rc;
}

static int write_configuration(const struct patient *patient)
{
	const char *f = patient->folder, *a = patient->address;
	int rc;

	rc = write_file(patient, "ringdown.conf",
			"[directories]\nmodules = %s\nlog = %s\nspool = %s\nrun = %s/run\n",
			rd_directory("modules"), f, f, f);
	if (rc == 0)
		rc = write_file(patient, "modules.conf",
				"[modules]\nautoload = no\n"
				"load = app_answer, app_echo, app_milliwatt, app_mixmonitor\n"
				"load = chan_sip, codec_ulaw, dialplan, format_wav\n");
	if (rc == 0)
		rc = write_file(patient, "sip.conf",
				"[udp]\ntype = transport\nbind = %s:%d\n"
				"[self]\ntype = peer\nhost = %s:%d\ncontext = in\nallow = ulaw\n",
				a, patient->port, a, patient->port);
	if (rc == 0)
		rc = write_file(patient, "extensions.conf",
				"[in]\nexten => echo,1,Answer()\n same => n,Echo()\n"
				"[out]\nexten => test,1,MixMonitor(%s/both.wav,r(%s/heard.wav))\n"
				" same => n,Milliwatt()\n",
				f, f);
	return rc;
}

/* ---- its daemon ---- */

/* It does not outlive a doctor who is killed. */
static void become_daemon(const struct patient *patient, pid_t doctor)
{
	char log[96];
	FILE *file;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != doctor)
		_exit(1);
	snprintf(log, sizeof(log), "%s/doctor.log", patient->folder);
	file = freopen(log, "w", stderr);
	if (!file || !freopen(log, "a", stdout) || !freopen("/dev/null", "r", stdin))
		_exit(1);
	execl("/proc/self/exe", "ringdown", "-f", "-C", patient->folder, "-S", patient->folder,
	      (char *)NULL);
	_exit(1);
}

/* A command of its console: what it prints; the exit status, or negative. */
static int ask(const struct patient *patient, const char *command, char *said, size_t size)
{
	char line[512], rest[256];
	size_t n;
	FILE *pipe;

	/* /proc/self is the shell's there. */
	snprintf(line, sizeof(line), "/proc/%d/exe -C %s -S %s -x '%s' 2>/dev/null", (int)getpid(),
		 patient->folder, patient->folder, command);
	pipe = popen(line, "re");
	if (!pipe)
		return -errno;
	n = fread(said, 1, size - 1, pipe);
	said[n] = '\0';
	while (fread(rest, 1, sizeof(rest), pipe) > 0)
		;
	return pclose(pipe);
}

static bool has_ended(struct patient *patient)
{
	if (patient->daemon > 0 && waitpid(patient->daemon, NULL, WNOHANG) == patient->daemon)
		patient->daemon = 0;
	return patient->daemon <= 0;
}

static int start(struct patient *patient)
{
	pid_t doctor = getpid();
	char said[64];

	fflush(stdout);
	patient->daemon = fork();
	if (patient->daemon < 0)
		return -errno;
	if (patient->daemon == 0)
		become_daemon(patient, doctor);
	for (int ms = 0; ms < PATIENCE_MS && !has_ended(patient); ms += LOOK_MS) {
		pass(LOOK_MS);
		if (ask(patient, "core waitfullybooted", said, sizeof(said)) == 0)
			return 0;
	}
	return -ETIMEDOUT;
}

static void stop(struct patient *patient)
{
	if (!has_ended(patient))
		kill(patient->daemon, SIGTERM);
	for (int ms = 0; ms < END_MS && !has_ended(patient); ms += LOOK_MS)
		pass(LOOK_MS);
	if (has_ended(patient))
		return;
	kill(patient->daemon, SIGKILL);
	waitpid(patient->daemon, NULL, 0);
}

/* ---- the folder ---- */

/* A process that waits until the doctor has ended, even if by a kill, and removes the folder. */
struct janitor {
	pid_t process;
	int line; /* closed when the doctor ends */
};

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

/* The daemon, whom the same kill ends, may still have been writing. */
static void remove_folder(const char *folder)
{
	for (int ms = 0; ms < END_MS && access(folder, F_OK) == 0; ms += LOOK_MS) {
		nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
		if (access(folder, F_OK) == 0)
			pass(LOOK_MS);
	}
}

/* Of a session of its own: a key at the terminal is for the doctor. */
static void become_janitor(const struct patient *patient, int line)
{
	char byte;

	setsid();
	while (read(line, &byte, 1) < 0 && errno == EINTR)
		;
	remove_folder(patient->folder);
	_exit(0);
}

static int hire_janitor(struct janitor *janitor, const struct patient *patient)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	fflush(stdout);
	janitor->process = fork();
	if (janitor->process == 0) {
		close(ends[1]);
		become_janitor(patient, ends[0]);
	}
	janitor->line = ends[1];
	if (janitor->process < 0) {
		int rc = -errno;

		close(ends[0]);
		close(ends[1]);
		return rc;
	}
	close(ends[0]);
	return 0;
}

static void await_janitor(struct janitor *janitor)
{
	close(janitor->line);
	waitpid(janitor->process, NULL, 0);
}

/* The last line of its log says most. */
static void tell_failure(const struct patient *patient, const char *what)
{
	char path[96], text[512], last[512] = "it says nothing";
	FILE *log;

	snprintf(path, sizeof(path), "%s/doctor.log", patient->folder);
	log = fopen(path, "re");
	while (log && fgets(text, sizeof(text), log))
		if (text[0] != '\n')
			rd_strcpy(last, sizeof(last), text);
	if (log)
		fclose(log);
	last[strcspn(last, "\n")] = '\0';
	rd__doctor_tell(RD__FINDING_WRONG, "test call",
			"a firewall on this machine, or another "
			"program at work? ringdown -f shows more",
			"%s: %s", what, last);
}

/* ---- the call ---- */

static void judge(const struct patient *patient, const char *streams)
{
	struct rd__tone_heard heard = { 0 };
	const char *first = strchr(streams, '\n');
	int came = 0, went = 0, lost = 0;
	double jitter = 0;
	char path[96];
	bool good;

	if (first)
		(void)sscanf(first + 1, "%*s %*s %*s %*s %d %d %d %*d %lf", &came, &went, &lost,
			     &jitter);
	snprintf(path, sizeof(path), "%s/heard.wav", patient->folder);
	(void)rd__tone_measure(path, &heard);
	good = heard.seconds >= SECONDS_LEAST && heard.longest_gap <= GAP_MOST && lost == 0;
	rd__doctor_tell(
		good   ? RD__FINDING_GOOD
		: came ? RD__FINDING_UNWISE
		       : RD__FINDING_WRONG,
		"test call",
		came ? "this machine is too busy, or loses packets: \"core show health\", top"
		     : "a firewall on this machine? The ports of rtp.conf must be open",
		"by SIP and RTP at %s: %d packets went and %d came, %d lost, jitter %.1f ms; "
		"%.2f s of the tone at %.1f dB, longest gap %.0f ms",
		patient->address, went, came, lost, jitter, heard.seconds, heard.level,
		heard.longest_gap * 1000);
}

static void call(struct patient *patient)
{
	char streams[2048];

	if (ask(patient, "channel originate SIP/echo@self extension test@out", streams,
		sizeof(streams)) != 0) {
		tell_failure(patient, "the call was not set up");
		return;
	}
	pass(TALK_MS);
	ask(patient, "rtp show streams", streams, sizeof(streams));
	stop(patient); /* the recording is whole then */
	judge(patient, streams);
}

static void examine(struct patient *patient)
{
	int rc;

	find_address(patient->address);
	patient->port = find_port(patient->address);
	rc = patient->port < 0 ? patient->port : write_configuration(patient);
	if (rc < 0)
		rd__doctor_tell(RD__FINDING_WRONG, "test call",
				"look at the folder of TMPDIR, else /tmp, and at \"ip address\"",
				"%s", rd_strerror(rc));
	else if (start(patient) < 0)
		tell_failure(patient, "a daemon for it did not start");
	else
		call(patient);
	stop(patient);
}

/* In TMPDIR, or in /tmp where that is too long a name. */
static bool make_folder(struct patient *patient)
{
	static const char name[] = "/ringdown-doctor-XXXXXX";
	const char *at = getenv("TMPDIR");

	if (!at || !*at || strlen(at) + sizeof(name) > sizeof(patient->folder))
		at = "/tmp";
	snprintf(patient->folder, sizeof(patient->folder), "%s%s", at, name);
	return mkdtemp(patient->folder);
}

void rd__doctor_call(void)
{
	struct patient patient = { .folder = "" };
	struct janitor janitor = { 0 };
	int rc;

	if (!make_folder(&patient)) {
		rd__doctor_tell(RD__FINDING_WRONG, "test call",
				"may TMPDIR, else /tmp, be written to?", "no folder %s: %s",
				patient.folder, rd_strerror(errno));
		return;
	}
	rc = hire_janitor(&janitor, &patient);
	if (rc == 0) {
		examine(&patient);
		await_janitor(&janitor);
		return;
	}
	rd__doctor_tell(RD__FINDING_WRONG, "test call", "are there too many processes?",
			"no process for it: %s", rd_strerror(rc));
	remove_folder(patient.folder);
}
