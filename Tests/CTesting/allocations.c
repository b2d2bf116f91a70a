#include "CTesting.h"

#include <errno.h>
#include <stdatomic.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OTHER_ALLOCATOR 1
#endif
#endif

static _Thread_local uint64_t allocations;

// What the Swift runtime calls when an error is thrown (stdlib/public/runtime/ErrorObjectCommon.cpp).
extern void *_Atomic _swift_willThrow;
extern void *_Atomic _swift_willThrowTypedImpl;
static void *hook, *typed_hook;

void testing_begin_plain_throws(void)
{
    hook = atomic_exchange(&_swift_willThrow, NULL);
    typed_hook = atomic_exchange(&_swift_willThrowTypedImpl, NULL);
}

void testing_end_plain_throws(void)
{
    atomic_store(&_swift_willThrow, hook);
    atomic_store(&_swift_willThrowTypedImpl, typed_hook);
}

uint64_t testing_allocations(void)
{
    return allocations;
}

#ifdef OTHER_ALLOCATOR

bool testing_counts_allocations(void)
{
    return false;
}

#else

bool testing_counts_allocations(void)
{
    return true;
}

// The names under which glibc has its allocator beside the replaceable ones
// (https://sourceware.org/glibc/manual/latest/html_node/Replacing-malloc.html); free stays glibc's.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    allocations++;
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size)
{
    allocations++;
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    *memory = memalign(alignment, size);
    return *memory == NULL ? ENOMEM : 0;
}

#endif
