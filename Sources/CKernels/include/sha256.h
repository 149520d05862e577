#pragma once
#include <stddef.h>
#include <stdint.h>

/// A SHA-256 (FIPS 180-4) under way, for processors with SHA instructions.
typedef struct {
    uint32_t state[8];
    uint8_t rest[64];   // bytes that do not fill a block yet
    uint64_t length;    // bytes so far
} ck_sha256;

/// Whether this processor has the SHA instructions; without them none of the functions below may be called.
int ck_sha256_is_available(void);

void ck_sha256_start(ck_sha256 *hash);

/// Adds the same bytes to two hashes. Where both stand at the same place in a block, the message schedule is worked out once
/// and the two chains of rounds run side by side, which costs little more than one alone.
void ck_sha256_update_both(ck_sha256 *first, ck_sha256 *second, const void *bytes, size_t count);

void ck_sha256_update(ck_sha256 *hash, const void *bytes, size_t count);

/// Adds `bytes` to two hashes as above and other bytes to a third. Three chains fill the processor's SHA unit: as much of the third
/// as goes side by side costs half of what it costs alone.
void ck_sha256_update_beside(ck_sha256 *first, ck_sha256 *second, const void *bytes, size_t count, ck_sha256 *third,
                             const void *others, size_t other_count);

/// The digest of all bytes so far; the hash goes on unchanged.
void ck_sha256_digest(const ck_sha256 *hash, uint8_t digest[32]);
