/* A member as queues.conf writes it, in one line with commas. */
#include "apps/app_queue/queue.h"

enum { FIELDS = 7 };

static int read_number(struct rd_str text, const char *what, int *out, const char **wrong)
{
	uint64_t n;

	if (!text.n)
		return 0;
	if (rd_str_to_u64(text, QUEUE_NUMBER_MAX, &n)) {
		*wrong = what;
		return -EINVAL;
	}
	*out = (int)n;
	return 0;
}

static int read_yes(struct rd_str text, const char *what, int *out, const char **wrong)
{
	bool is_yes;

	if (!text.n)
		return 0;
	if (rd_config_bool(text, &is_yes)) {
		*out = is_yes;
		return 0;
	}
	*wrong = what;
	return -EINVAL;
}

static int read_names(struct queue_member *member, const struct rd_str field[FIELDS],
		      const char **wrong)
{
	if (field[2].n && !rd_strcpyn(member->name, sizeof(member->name), field[2])) {
		*wrong = "a shorter name";
		return -EINVAL;
	}
	if (field[3].n && !queue_state_interface(member->device, field[3])) {
		*wrong = "a shorter state interface";
		return -EINVAL;
	}
	return 0;
}

static int read_fields(struct queue_member *member, const struct rd_str field[FIELDS],
		       const char **wrong)
{
	int wrapup_s = -1, paused = 0;
	int rc = read_number(field[1], "a penalty such as 5", &member->penalty, wrong);

	if (!rc)
		rc = read_names(member, field, wrong);
	if (!rc)
		rc = read_yes(field[4], "yes or no for ringinuse", &member->ringinuse, wrong);
	if (!rc)
		rc = read_number(field[5], "seconds for wrapuptime", &wrapup_s, wrong);
	if (!rc)
		rc = read_yes(field[6], "yes or no for paused", &paused, wrong);
	member->paused = paused;
	member->wrapup_ms = wrapup_s < 0 ? -1 : wrapup_s * 1000;
	member->said = (struct queue_said){ .penalty = member->penalty,
					    .ringinuse = member->ringinuse,
					    .paused = member->paused };
	return rc;
}

/* Asterisk takes it as none. */
static void take_negative(struct rd_str *penalty, struct queue_member_doubts *doubts)
{
	uint64_t n;

	doubts->negative = penalty->n > 1 && penalty->p[0] == '-' &&
			 rd_str_to_u64((struct rd_str){ penalty->p + 1, penalty->n - 1 },
				       QUEUE_NUMBER_MAX, &n) == 0;
	if (doubts->negative)
		*penalty = RD_STR("0");
}

int queue_member_read(struct queue_member **mp, const char *text, const char **wrong,
		      struct queue_member_doubts *doubts)
{
	struct rd_str rest = rd_str_of(text), field[FIELDS] = { { 0 } };
	char interface[QUEUE_DEVICE_MAX];
	struct queue_member *member;
	bool more = true;
	int rc;

	for (int i = 0; more && i < FIELDS; i++) {
		more = rd_str_cut(&rest, ',', &field[i]);
		field[i] = rd_str_trim(field[i]);
	}
	take_negative(&field[1], doubts);
	*wrong = "TECHNOLOGY/RESOURCE first, and at most seven fields";
	if (more || !rd_strcpyn(interface, sizeof(interface), field[0]) ||
	    !queue_interface_is_fine(interface))
		return -EINVAL;
	rc = queue_member_new(&member, interface);
	if (!rc)
		rc = read_fields(member, field, wrong);
	if (rc == -EINVAL)
		queue_member_unref(member);
	else if (!rc)
		*mp = member;
	return rc;
}
