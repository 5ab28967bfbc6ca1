/* Does a sanitizer watch each block of memory? Then it is to see blocks as they are. */
#ifndef CORE_BASE_WATCHED_H
#define CORE_BASE_WATCHED_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RD__WATCHED 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RD__WATCHED 1
#endif

#endif
