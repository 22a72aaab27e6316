// SPDX-License-Identifier: GPL-3.0-or-later
// Replaces free() and realloc() of the whole program by ones that overwrite what they give back: Qt, SQLCipher,
// OpenSSL, libsignal and protobuf free their buffers with texts and keys in them, and glibc keeps small blocks as they
// are in a cache of each thread, where even mallopt(3)'s M_PERTURB does not reach. Linked into each program, not into a
// library: the linker then exports the two names to all shared libraries (the GNU C library manual, "Replacing
// malloc"). A sanitizer brings its own allocator.
#include <cstddef>
#include <cstring>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#include <malloc.h>

extern "C" {

void* __libc_malloc(std::size_t size);               // NOLINT: glibc's names for the replaced ones
void* __libc_realloc(void* block, std::size_t size); // NOLINT
void __libc_free(void* block);                       // NOLINT

void free(void* block) noexcept {
    if (block == nullptr)
        return;
    ::explicit_bzero(block, ::malloc_usable_size(block));
    __libc_free(block);
}

void* realloc(void* block, std::size_t size) noexcept {
    if (block == nullptr || size == 0)
        return __libc_realloc(block, size);
    const std::size_t held = ::malloc_usable_size(block);
    if (size <= held && size >= held / 2)
        return block;
    void* moved = __libc_malloc(size);
    if (moved == nullptr)
        return nullptr;
    std::memcpy(moved, block, size < held ? size : held);
    free(block);
    return moved;
}

} // extern "C"
#endif
