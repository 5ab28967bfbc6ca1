/* The fiber that looks after mailboxes: see keeper.h. */
#include "apps/app_voicemail/keeper.h"

#include <unistd.h>

#include <ringdown/fiber.h>
#include <ringdown/log.h>

#include "apps/app_voicemail/index.h"
#include "apps/app_voicemail/kept.h"
#include "apps/app_voicemail/store.h"

enum { PAUSE_MS = 10000, TURN_MS = 60000 };

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
	rc = rd_cond_wait(&vm_kept->keeper_woken, PAUSE_MS);
	vm_kept->all_anew |= anew;
	return rc;
}

static int keep(void *arg)
{
	unsigned file = vm_kept->file;
	int rc = 0;

	(void)arg;
	while (rc != -ECANCELED && file == vm_kept->file) {
		struct vm_settings *settings = vm_settings_ref();
		bool anew = vm_kept->all_anew;
		int wait_ms = settings && settings->general.pollmailboxes
				      ? settings->general.pollfreq_ms
				      : RD_FOREVER;

		vm_kept->all_anew = false;
		rc = settings ? look_at_all(settings, anew) : 0;
		vm_settings_unref(settings);
		if (rc && rc != -ECANCELED)
			rc = wait_for_memory(anew, rc);
		else if (!rc && !vm_kept->all_anew && file == vm_kept->file)
			rc = rd_cond_wait(&vm_kept->keeper_woken, wait_ms);
	}
	return 0;
}

int vm_keeper_start(void)
{
	vm_kept->all_anew = true;
	return rd_fiber_new(&vm_kept->keeper, "voicemail/keeper", keep, NULL);
}

void vm_keeper_stop(void)
{
	if (!vm_kept->keeper)
		return;
	rd_fiber_cancel(vm_kept->keeper);
	rd_fiber_join(vm_kept->keeper, RD_FOREVER, NULL);
	vm_kept->keeper = NULL;
}

int vm_keeper_take_over(void)
{
	rd_cond_broadcast(&vm_kept->keeper_woken);
	if (vm_kept->keeper && rd_fiber_join(vm_kept->keeper, TURN_MS, NULL) == 0)
		vm_kept->keeper = NULL;
	vm_keeper_stop();
	return vm_keeper_start();
}

void vm_keeper_wake(void)
{
	vm_kept->all_anew = true;
	rd_cond_broadcast(&vm_kept->keeper_woken);
}
