/* What a module keeps across calls, shared by the files that have been in its place. It lies in
 * the first one's object, and may point into any: none goes before the last of them does. */
#include <dlfcn.h>

#include "core/base/usage.h"
#include "core/module/loader.h"

/* From the first new file on. */
struct rd__state {
	unsigned modules; /* that share it */
	int holds; /* of all of them */
	struct rd_list files; /* closed, and mapped still */
	size_t count, bytes; /* of these */
	bool was_in_use; /* one of them, when it went */
};

struct file {
	struct rd_list link;
	void *handle;
	const void *code, *code_end;
};

const char *rd__state_fault(const struct rd_module_state *row)
{
	if (!row->place)
		return row->size ? "its state has no .place" : NULL;
	if (!row->shape || !row->size)
		return "its state has no .shape, or no .size";
	return *row->place ? NULL : "where its state is to be is nothing";
}

static bool is_same_list(const size_t *a, const size_t *b)
{
	for (; *a && *a == *b; a++)
		b++;
	return *a == *b;
}

static bool is_same_shape(const size_t *const *a, const size_t *const *b)
{
	if (!a || !b)
		return a == b;
	for (; *a && *b && is_same_list(*a, *b); a++)
		b++;
	return !*a && !*b;
}

bool rd__state_fits(const struct rd__module *new, const struct rd__module *old)
{
	const struct rd_module_state *a = new->module.state, *b = old->module.state;

	if (!a || !b)
		return a == b;
	return a->version == b->version && a->size == b->size && !a->place == !b->place &&
	       is_same_shape(a->shape, b->shape);
}

/* -- sharing ------------------------------------------------------------------------- */

static struct rd__state *state_of(struct rd__module *module)
{
	struct rd__state *state = module->state;

	if (state)
		return state;
	state = rd_zalloc(sizeof(*state));
	if (!state)
		return NULL;
	*state = (struct rd__state){ .modules = 1, .holds = module->holds };
	rd_list_init(&state->files);
	module->state = state;
	return state;
}

int rd__state_share(struct rd__module *new, struct rd__module *old)
{
	struct rd__state *state;

	if (!old->module.state || !old->module.state->place)
		return 0;
	state = state_of(old);
	if (!state)
		return -ENOMEM;
	state->modules++;
	new->state = state;
	*new->module.state->place = *old->module.state->place;
	return 0;
}

void rd__state_part(struct rd__module *new)
{
	if (new->state)
		new->state->modules--;
	new->state = NULL;
}

bool rd__state_shared(const struct rd__module *a, const struct rd__module *b)
{
	return a != b && a->state && a->state == b->state;
}

int *rd__module_holds(struct rd__module *module)
{
	return module->state ? &module->state->holds : &module->holds;
}

int rd__module_held(const struct rd__module *module)
{
	if (!module->state)
		return module->holds;
	return module->retired ? 0 : module->state->holds;
}

/* -- code that stays ------------------------------------------------------------------- */

bool rd__state_keep_code(struct rd__module *module)
{
	struct rd__state *state = module->state;
	struct file *file;

	if (!state || state->modules == 1)
		return false;
	state->modules--;
	state->was_in_use |= module->was_in_use;
	state->count++;
	state->bytes += (size_t)((const char *)module->code_end - (const char *)module->code);
	file = rd_zalloc(sizeof(*file));
	if (!file) /* for ever, then */
		return true;
	*file = (struct file){ .handle = module->handle,
			       .code = module->code,
			       .code_end = module->code_end };
	rd_list_push(&state->files, &file->link);
	return true;
}

bool rd__state_was_in_use(const struct rd__module *module)
{
	return module->state && module->state->was_in_use;
}

static void close_file(struct file *file, bool code_goes)
{
	if (code_goes && file->code)
		rd__usage_remove_code(file->code);
	if (code_goes && file->handle)
		dlclose(file->handle);
	rd_free(file);
}

void rd__state_free(struct rd__module *module, bool code_goes)
{
	struct rd__state *state = module->state;
	struct rd_list *node;

	if (!state)
		return;
	rd_shield_begin(INT32_MAX);
	while ((node = rd_list_pop(&state->files))) {
		close_file(rd_list_entry(node, struct file, link), code_goes);
		if (code_goes && rd_may_yield()) /* a thousand of them take seconds */
			rd_yield();
	}
	rd_shield_end();
	rd_free(state);
	module->state = NULL;
}

size_t rd__module_sum(const struct rd__module *module,
		      size_t (*count)(const void *begin, const void *end))
{
	size_t sum = module->code ? count(module->code, module->code_end) : 0;

	if (!module->state)
		return sum;
	rd_list_foreach(node, tmp, &module->state->files) {
		const struct file *file = rd_list_entry(node, struct file, link);

		sum += file->code ? count(file->code, file->code_end) : 0;
	}
	return sum;
}

bool rd__state_has_object(const struct rd__module *module, const void *handle)
{
	if (!module->state)
		return false;
	rd_list_foreach(node, tmp, &module->state->files)
		if (rd_list_entry(node, struct file, link)->handle == handle)
			return true;
	return false;
}

size_t rd__state_files(const struct rd__module *module, size_t *bytes)
{
	*bytes = module->state ? module->state->bytes : 0;
	return module->state ? module->state->count : 0;
}
