/* Shared objects as files: their headers and tables by pread(), none of them believed. */
#include "core/module/object.h"

#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TABLE_MAX = 64 << 20 };

static bool read_at(int fd, void *to, size_t size, uint64_t at)
{
	return pread(fd, to, size, (off_t)at) == (ssize_t)size;
}

/* Of this machine's kind. */
static bool read_head(int fd, ElfW(Ehdr) * head)
{
	return read_at(fd, head, sizeof(*head), 0) && memcmp(head->e_ident, ELFMAG, SELFMAG) == 0 &&
	       head->e_ident[EI_CLASS] == (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) &&
	       head->e_phentsize == sizeof(ElfW(Phdr));
}

static bool read_part(int fd, const ElfW(Ehdr) * head, unsigned i, ElfW(Phdr) * part)
{
	return read_at(fd, part, sizeof(*part), head->e_phoff + i * sizeof(*part));
}

/* ---- is it whole? ---- */

static bool lacks_a_part(int fd)
{
	struct stat file;
	ElfW(Ehdr) head;
	ElfW(Phdr) part;

	/* What has no such header, dlopen() refuses by itself. */
	if (fstat(fd, &file) || !read_head(fd, &head))
		return false;
	for (unsigned i = 0; i < head.e_phnum; i++)
		if (!read_part(fd, &head, i, &part) ||
		    (part.p_type == PT_LOAD &&
		     part.p_offset + part.p_filesz > (uint64_t)file.st_size))
			return true;
	return false;
}

bool rd__object_is_cut_short(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool cut = fd >= 0 && lacks_a_part(fd);

	if (fd >= 0)
		close(fd);
	return cut;
}

/* ---- a variable ---- */

static bool read_section(int fd, const ElfW(Ehdr) * head, unsigned i, ElfW(Shdr) * section)
{
	return i < head->e_shnum &&
	       read_at(fd, section, sizeof(*section), head->e_shoff + i * sizeof(*section));
}

static bool find_symbols(int fd, const ElfW(Ehdr) * head, ElfW(Shdr) * symbols)
{
	if (head->e_shentsize != sizeof(*symbols))
		return false;
	for (unsigned i = 0; i < head->e_shnum; i++)
		if (read_section(fd, head, i, symbols) && symbols->sh_type == SHT_DYNSYM)
			return true;
	return false;
}

/* NULL: it is not there as a whole, or too large to be true. Freed by the caller. */
static void *read_table(int fd, const ElfW(Shdr) * section)
{
	char *table;

	if (section->sh_size >= TABLE_MAX)
		return NULL;
	table = rd_zalloc(section->sh_size + 1); /* names end somewhere */
	if (table && !read_at(fd, table, section->sh_size, section->sh_offset)) {
		rd_free(table);
		table = NULL;
	}
	return table;
}

static const ElfW(Sym) * find_symbol(const ElfW(Sym) * symbols, size_t count, const char *names,
				     size_t names_size, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (symbols[i].st_shndx != SHN_UNDEF && symbols[i].st_name < names_size &&
		    strcmp(names + symbols[i].st_name, name) == 0)
			return &symbols[i];
	return NULL;
}

/* Where it will lie is known; where it is in the file, the parts know. */
static bool read_value(int fd, const ElfW(Ehdr) * head, const ElfW(Sym) * symbol, void *bytes,
		       size_t size)
{
	ElfW(Phdr) part;

	if (symbol->st_size < size)
		return false;
	for (unsigned i = 0; i < head->e_phnum; i++)
		if (read_part(fd, head, i, &part) && part.p_type == PT_LOAD &&
		    symbol->st_value >= part.p_vaddr &&
		    symbol->st_value - part.p_vaddr + size <= part.p_filesz)
			return read_at(fd, bytes, size,
				       part.p_offset + (symbol->st_value - part.p_vaddr));
	return false;
}

static bool read_variable(int fd, const char *variable, void *bytes, size_t size)
{
	const ElfW(Sym) *symbol = NULL;
	ElfW(Shdr) table, strings;
	ElfW(Ehdr) head;
	ElfW(Sym) * symbols;
	char *names;

	if (!read_head(fd, &head) || !find_symbols(fd, &head, &table) ||
	    !read_section(fd, &head, table.sh_link, &strings))
		return false;
	symbols = read_table(fd, &table);
	names = read_table(fd, &strings);
	if (symbols && names)
		symbol = find_symbol(symbols, table.sh_size / sizeof(*symbols), names,
				     strings.sh_size, variable);
	if (symbol && !read_value(fd, &head, symbol, bytes, size))
		symbol = NULL;
	rd_free(symbols);
	rd_free(names);
	return symbol != NULL;
}

bool rd__object_read(const char *path, const char *variable, void *bytes, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool known = fd >= 0 && read_variable(fd, variable, bytes, size);

	if (fd >= 0)
		close(fd);
	return known;
}
