/* Conditions, and mailboxes on top of them. */
#include <ringdown/clock.h>

#include "core/sched/fiber.h"

void rd_cond_init(struct rd_cond *cond)
{
	rd_list_init(&cond->waiters);
}

void rd_cond_fini(struct rd_cond *cond)
{
	rd_assert(rd_list_empty(&cond->waiters));
}

void rd_cond_signal(struct rd_cond *cond)
{
	if (!rd_list_empty(&cond->waiters))
		rd__wake(rd_list_entry(cond->waiters.next, struct rd_fiber, waiting), 0);
}

void rd_cond_broadcast(struct rd_cond *cond)
{
	while (!rd_list_empty(&cond->waiters))
		rd_cond_signal(cond);
}

int rd_cond_wait(struct rd_cond *cond, int timeout_ms)
{
	return rd__park(&cond->waiters, "condition", __builtin_return_address(0), timeout_ms);
}

void rd_mailbox_init(struct rd_mailbox *mailbox, struct rd_cond *shared)
{
	rd_list_init(&mailbox->messages);
	rd_cond_init(&mailbox->own_notify);
	rd_mailbox_set_notify(mailbox, shared);
}

void rd_mailbox_set_notify(struct rd_mailbox *mailbox, struct rd_cond *shared)
{
	mailbox->notify = shared ? shared : &mailbox->own_notify;
}

void rd_mailbox_fini(struct rd_mailbox *mailbox)
{
	rd_assert(rd_list_empty(&mailbox->messages));
	rd_cond_fini(&mailbox->own_notify);
}

void rd_mailbox_post(struct rd_mailbox *mailbox, struct rd_list *message)
{
	rd_list_push(&mailbox->messages, message);
	rd_cond_signal(mailbox->notify);
}

struct rd_list *rd_mailbox_take(struct rd_mailbox *mailbox)
{
	return rd_list_pop(&mailbox->messages);
}

/* A message wakes whoever waits on a shared condition: look again, for what
 * is left of the time. */
int rd_mailbox_receive(struct rd_mailbox *mailbox, int timeout_ms, struct rd_list **message)
{
	uint64_t until = rd_now_ms() + (uint64_t)RD_MAX(timeout_ms, 0);

	if (rd__wait_refused())
		return -ECANCELED;
	while (!(*message = rd_mailbox_take(mailbox))) {
		uint64_t now = rd_now_ms();
		int left = timeout_ms < 0 ? RD_FOREVER : (int)(until > now ? until - now : 0);
		int rc = rd__park(&mailbox->notify->waiters, "mailbox",
				  __builtin_return_address(0), left);

		if (rc)
			return rc;
	}
	return 0;
}
