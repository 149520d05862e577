#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Batches of a data set in a bank, for any language that calls C. Buffers belong to the caller.
///
/// A stream holds no thread, no lock that outlives a call and no place: `stbank_fill` gives any batch of any epoch. It may be
/// called from several threads. A child after `fork` may go on with it (the maps are shared) where no other thread was in a call
/// at that moment; else it opens its own.
typedef struct stbank_stream stbank_stream;

/// Rises whenever a function changes; this header is 2.
uint32_t stbank_abi(void);

/// Opens a data set with a plan.
///
/// `plan` is a JSON object; what is left out has its default (see StreamOrder.md and `stbank_describe`):
/// input_field, target_field, split, input_frames, target_frames, stride, crop, resize, batch_size, seed, order, block_windows,
/// blocks_mixed, normalise, fill, drop_last, cross_gaps, keep_missing, environments (an environments data set, or a recipe),
/// copies (parallel, appended).
/// Returns NULL and a text in `message` where that cannot be; the text says what is wrong and what to do.
stbank_stream *stbank_open(const char *bank, const char *dataset, const char *plan, char *message, size_t message_size);

/// JSON into `text`: dataset (id, digest), plan (with all defaults), plan_digest, windows, steps, copies (N), inputs and
/// targets (shapes T, C, H, W; inputs 1 + N, T, C, H, W where copies come side by side).
/// Returns the length without the closing 0; where that is not less than `size`, nothing was written: call again with more room.
size_t stbank_describe(const stbank_stream *stream, char *text, size_t size);

/// Fills the batch of a step.
///
/// With b = batch_size / world:
/// - `inputs` (b, T, C, H, W), with copies side by side (b, 1 + N, T, C, H, W); `targets` (b, K, C, H, W);
/// - `valid` (b): 1 where the slot is to be counted;
/// - `windows` (b): number of the window; `sequences` (b): of its sequence in the data set; `first_frames` (b): of its first
///   frame in the sequence; `copies` (b): 0 for an original, else of the copy, 0 too where they come side by side;
/// - `input_mask`, `target_mask`: shapes of `inputs` and `targets`, 1 where the element is not missing.
///
/// All but `inputs` and `targets` may be NULL. `threads` work at it, the calling one among them.
/// Returns 0; 1 and a text where the caller is wrong; 2 and a text where the data set is damaged or a file changed.
int stbank_fill(const stbank_stream *stream, uint64_t epoch, uint64_t step, uint32_t rank, uint32_t world, uint32_t threads,
                float *inputs, float *targets, uint8_t *valid, int64_t *windows, int64_t *sequences, int64_t *first_frames,
                int64_t *copies, uint8_t *input_mask, uint8_t *target_mask, char *message, size_t message_size);

/// Ends a stream; NULL is allowed.
void stbank_close(stbank_stream *stream);

#ifdef __cplusplus
}
#endif
