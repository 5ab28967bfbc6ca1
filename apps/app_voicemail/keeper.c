/* The fiber that looks after mailboxes: see keeper.h. */
#include "apps/app_voicemail/keeper.h"

#include <unistd.h>

#include <ringdown/fiber.h>
#include <ringdown/log.h>

#include "apps/app_voicemail/index.h"
#include "apps/app_voicemail/store.h"

enum { PAUSE_MS = 10000 };

static struct rd_fiber *keeper;
static struct rd_cond woken = { RD_LIST_INIT(woken.waiters) };
static bool all_anew;

static int recover(void *arg)
{
	return access(arg, F_OK) ? 0 : vm_disk_recover(arg, vm_store_mark());
}

static void complain(const struct vm_box *box, const char *what, int rc)
{
	if (rc < 0 && rc != -ECANCELED)
		rd_error("mailbox %s: %s: %s", box->id, what, rd_strerror(rc));
}

static int tidy(const struct vm_box *box)
{
	char path[VM_PATH];
	int rc = vm_store_path(path, box);

	if (!rc)
		rc = rd_offload(recover, path);
	complain(box, "what was left there could not be tidied up", rc);
	return rc;
}

static int look_at(const struct vm_box *box, bool anew)
{
	int changed = 0, rc = vm_lock(box->id);

	if (rc)
		return rc;
	if (anew)
		rc = tidy(box);
	if (!rc)
		changed = vm_index_check(box);
	vm_unlock(box->id);
	complain(box, "its folders could not be read", changed);
	if (changed == 1 || (anew && !rc))
		vm_index_tell(box);
	return rc == -ECANCELED ? rc : 0;
}

static int look_at_all(struct vm_settings *settings, bool anew)
{
	const struct vm_box *box;
	size_t pos = 0;
	int rc = 0;

	while (!rc && (box = vm_settings_next(settings, &pos, NULL)))
		rc = look_at(box, anew);
	return rc;
}

/* Memory was wanting: what was asked for is still owed, but not at once. */
static int wait_for_memory(bool anew, int error)
{
	int rc;

	rd_error("mailboxes could not be looked after: %s", rd_strerror(error));
	rc = rd_cond_wait(&woken, PAUSE_MS);
	all_anew |= anew;
	return rc;
}

static int keep(void *arg)
{
	int rc = 0;

	(void)arg;
	while (rc != -ECANCELED) {
		struct vm_settings *settings = vm_settings_ref();
		bool anew = all_anew;
		int wait_ms = settings && settings->general.pollmailboxes
				      ? settings->general.pollfreq_ms
				      : RD_FOREVER;

		all_anew = false;
		rc = settings ? look_at_all(settings, anew) : 0;
		vm_settings_unref(settings);
		if (rc && rc != -ECANCELED)
			rc = wait_for_memory(anew, rc);
		else if (!rc && !all_anew)
			rc = rd_cond_wait(&woken, wait_ms);
	}
	return 0;
}

int vm_keeper_start(void)
{
	all_anew = true;
	return rd_fiber_new(&keeper, "voicemail/keeper", keep, NULL);
}

void vm_keeper_stop(void)
{
	if (!keeper)
		return;
	rd_fiber_cancel(keeper);
	rd_fiber_join(keeper, RD_FOREVER, NULL);
	keeper = NULL;
}

void vm_keeper_wake(void)
{
	all_anew = true;
	rd_cond_broadcast(&woken);
}
