/* PINs: see pin.h. The file BOX/pin is "pbkdf2-sha256 ROUNDS SALT HASH". A PIN is short: what
 * protects it is that attempts are counted, and that the file is ours alone. */
#include "apps/app_voicemail/pin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <ringdown/clock.h>
#include <ringdown/event.h>
#include <ringdown/fiber.h>
#include <ringdown/io.h>
#include <ringdown/log.h>

#include "apps/app_voicemail/kept.h"
#include "apps/app_voicemail/store.h"

#define SCHEME "pbkdf2-sha256"

enum {
	ROUNDS = 100000,
	SALT = 16,
	HASH = 32,
	LINE = 256,
	WRONG_MAX = 10, /* in a row, by whatever calls */
	LOCKED_MS = 300 * 1000, /* then */
};

/* ---- attempts ---- */

struct attempts {
	int wrong;
	uint64_t until_ms;
};

const size_t vm_sizes_pins[] = { sizeof(struct attempts), 0 };

static bool is_locked(const struct vm_box *box)
{
	const struct attempts *of_box =
		vm_kept->attempts ? rd_map_get(vm_kept->attempts, box->id) : NULL;

	return of_box && of_box->until_ms > rd_now_ms();
}

static void forgive(const struct vm_box *box)
{
	if (vm_kept->attempts)
		rd_free(rd_map_remove(vm_kept->attempts, box->id));
}

static struct attempts *attempts_of(const struct vm_box *box)
{
	struct attempts *of_box;

	if (!vm_kept->attempts && rd_map_new(&vm_kept->attempts, 0))
		return NULL;
	of_box = rd_map_get(vm_kept->attempts, box->id);
	if (of_box)
		return of_box;
	of_box = rd_zalloc(sizeof(*of_box));
	if (of_box && rd_map_set(vm_kept->attempts, box->id, of_box, NULL)) {
		rd_free(of_box);
		return NULL;
	}
	return of_box;
}

static void count_wrong(const struct vm_box *box)
{
	struct attempts *of_box = attempts_of(box);
	struct rd_event event = { .type = RD_EVENT_SECURITY,
				  .name = "VoicemailPinWrong",
				  .text = box->id };

	rd_event_publish(&event);
	if (!of_box || ++of_box->wrong < WRONG_MAX)
		return;
	of_box->wrong = 0;
	of_box->until_ms = rd_now_ms() + LOCKED_MS;
	rd_notice("mailbox %s: %d wrong PINs in a row, closed for %d minutes", box->id, WRONG_MAX,
		  LOCKED_MS / 60000);
}

void vm_pin_fini(void)
{
	size_t pos = 0;
	void *of_box;

	while (vm_kept->attempts && rd_map_next(vm_kept->attempts, &pos, NULL, &of_box))
		rd_free(of_box);
	rd_map_free(vm_kept->attempts);
	vm_kept->attempts = NULL;
}

/* ---- hashes ---- */

static void to_hex(char *out, const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sprintf(out + 2 * i, "%02x", bytes[i]);
}

static int from_hex(unsigned char *out, size_t n, const char *hex)
{
	if (strlen(hex) != 2 * n)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		const char pair[] = { hex[2 * i], hex[2 * i + 1], '\0' };
		char *end;

		out[i] = (unsigned char)strtoul(pair, &end, 16);
		if (*end)
			return -EINVAL;
	}
	return 0;
}

/* OpenSSL keeps something for each thread, which nobody would give back for those of the
 * pool: they end after it. */
static int hash(const char *pin, const unsigned char *salt, int rounds, unsigned char *out)
{
	int done = PKCS5_PBKDF2_HMAC(pin, (int)strlen(pin), salt, SALT, rounds, EVP_sha256(), HASH,
				     out);

	OPENSSL_thread_stop();
	return done == 1 ? 0 : -EIO;
}

struct job {
	char path[VM_PATH];
	const char *pin;
};

/* 1: the line is of this PIN. */
static int compare(const char *line, const char *pin)
{
	unsigned char salt[SALT], wanted[HASH], got[HASH];
	char salt_hex[2 * SALT + 1], hash_hex[2 * HASH + 1];
	int rounds, rc;

	if (sscanf(line, SCHEME " %d %32s %64s", &rounds, salt_hex, hash_hex) != 3 || rounds < 1 ||
	    from_hex(salt, SALT, salt_hex) || from_hex(wanted, HASH, hash_hex))
		return -EINVAL;
	rc = hash(pin, salt, rounds, got);
	return rc ? rc : CRYPTO_memcmp(wanted, got, HASH) == 0;
}

static int check_file(void *arg)
{
	const struct job *job = arg;
	FILE *file = fopen(job->path, "r");
	char line[LINE];
	bool read;

	if (!file)
		return -errno;
	read = fgets(line, sizeof(line), file);
	fclose(file);
	return read ? compare(line, job->pin) : -EINVAL;
}

struct new_line {
	const char *pin;
	char text[LINE];
};

static int make_line(void *arg)
{
	struct new_line *line = arg;
	unsigned char salt[SALT], hashed[HASH];
	char salt_hex[2 * SALT + 1], hash_hex[2 * HASH + 1];
	int rc;

	rd_random(salt, sizeof(salt));
	rc = hash(line->pin, salt, ROUNDS, hashed);
	if (rc)
		return rc;
	to_hex(salt_hex, salt, SALT);
	to_hex(hash_hex, hashed, HASH);
	snprintf(line->text, sizeof(line->text), SCHEME " %d %s %s\n", ROUNDS, salt_hex, hash_hex);
	return 0;
}

/* ---- what another exchange left: secret.conf ---- */

struct secret {
	char path[VM_PATH], pin[VM_PIN_MAX + 1];
};

static void take_password(struct rd_str line, struct secret *secret)
{
	struct rd_str said, name;

	rd_str_cut(&line, ';', &said);
	if (rd_str_cut(&said, '=', &name) && rd_str_ieq(rd_str_trim(name), RD_STR("password")))
		rd_strcpyn(secret->pin, sizeof(secret->pin), rd_str_trim(said));
}

/* "password = 4711", which Asterisk writes with passwordlocation = spooldir. */
static int read_secret(void *arg)
{
	struct secret *secret = arg;
	FILE *file = fopen(secret->path, "r");
	char line[LINE];

	while (file && fgets(line, sizeof(line), file))
		take_password(rd_str_of(line), secret);
	if (file)
		fclose(file);
	return 0;
}

static int find_secret(const struct vm_box *box, struct secret *secret)
{
	char base[VM_PATH];
	int rc = vm_store_path(base, box);

	secret->pin[0] = '\0';
	if (!rc)
		rc = vm_path(secret->path, "%s/secret.conf", base);
	return rc ? rc : rd_offload(read_secret, secret);
}

/* ---- the file ---- */

static int path_of(char path[VM_PATH], const struct vm_box *box)
{
	char base[VM_PATH];
	int rc = vm_store_path(base, box);

	return rc ? rc : vm_path(path, "%s/pin", base);
}

static int make_box(void *arg)
{
	return vm_disk_make(arg);
}

int vm_pin_set(const struct vm_box *box, const char *pin)
{
	struct new_line line = { .pin = pin };
	char path[VM_PATH], base[VM_PATH];
	int rc = vm_store_path(base, box);

	if (!rc)
		rc = path_of(path, box);
	if (!rc)
		rc = rd_offload(make_box, base);
	if (!rc)
		rc = rd_offload(make_line, &line);
	return rc ? rc : rd_file_write(path, line.text, strlen(line.text), 0600);
}

static int is_there(void *arg)
{
	return access(arg, F_OK) == 0;
}

int vm_pin_is_owners(const struct vm_box *box)
{
	char path[VM_PATH];
	int rc = path_of(path, box);

	return rc ? rc : rd_offload(is_there, path);
}

int vm_pin_there(const struct vm_box *box)
{
	struct secret secret;
	int rc = *box->pin ? 1 : vm_pin_is_owners(box);

	if (!rc)
		rc = find_secret(box, &secret);
	return rc ? rc : *secret.pin != '\0';
}

static int remove_file(void *arg)
{
	return unlink(arg) ? -errno : 0;
}

/* Neither of them counts any more: 0 when there was one. */
int vm_pin_forget(const struct vm_box *box)
{
	struct secret secret;
	char path[VM_PATH];
	int rc = path_of(path, box), other;

	forgive(box);
	if (!rc)
		rc = find_secret(box, &secret);
	if (rc)
		return rc;
	rc = rd_offload(remove_file, path);
	other = *secret.pin ? rd_offload(remove_file, secret.path) : -ENOENT;
	return rc == -ENOENT ? other : rc;
}

/* The same time for each wrong digit. What is empty is no PIN, so none equals it. */
static bool equal(const char *a, const char *b)
{
	return *a && strlen(a) == strlen(b) && CRYPTO_memcmp(a, b, strlen(a)) == 0;
}

/* As it stands in secret.conf, or else in voicemail.conf, for the first time: its hash is what
 * counts from now on. */
static int take_over(const struct vm_box *box, const char *pin)
{
	struct secret secret;
	int rc = find_secret(box, &secret);

	if (rc)
		return rc;
	if (!equal(*secret.pin ? secret.pin : box->pin, pin))
		return 0;
	rc = vm_pin_set(box, pin);
	if (rc)
		rd_warning("mailbox %s: its PIN could not be stored: %s", box->id, rd_strerror(rc));
	return rc == -ECANCELED ? rc : 1;
}

int vm_pin_check(const struct vm_box *box, const char *pin)
{
	struct job job = { .pin = pin };
	int rc = is_locked(box) ? -EAGAIN : path_of(job.path, box);

	if (rc)
		return rc;
	/* One that its owner may not change is always that of the file. */
	rc = box->pin_fixed ? -ENOENT : rd_offload(check_file, &job);
	if (rc == -ENOENT)
		rc = box->pin_fixed ? equal(box->pin, pin) : take_over(box, pin);
	if (rc == 0)
		count_wrong(box);
	else if (rc == 1)
		forgive(box);
	return rc;
}
