/* A plain C face of libtorch (ATen), for the module Tensors. Calls exist in libtorch 2.11 to 2.15.
 *
 * Every function that can fail returns a status; where it is not CTORCH_OK, `*fault` holds a message to be freed with
 * `ctorch_free_text`, and nothing else was written. No C++ exception leaves. A tensor that comes out is owned by the caller
 * and freed with `ctorch_free`; tensors that go in are borrowed. An argument marked "or NULL" may be left out. Axes may be
 * negative, counted from the end. Shapes are slowest axis first.
 */
#ifndef CTORCH_H
#define CTORCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctorch_tensor_ *ctorch_tensor;

enum ctorch_status { CTORCH_OK = 0, CTORCH_FAULT = 1, CTORCH_OUT_OF_MEMORY = 2 };

/* Numbers of c10::ScalarType. */
enum ctorch_type {
    CTORCH_UINT8 = 0, CTORCH_INT8 = 1, CTORCH_INT16 = 2, CTORCH_INT32 = 3, CTORCH_INT64 = 4, CTORCH_FLOAT16 = 5,
    CTORCH_FLOAT32 = 6, CTORCH_FLOAT64 = 7, CTORCH_BOOL = 11, CTORCH_BFLOAT16 = 15,
};

/* -1 is the CPU, 0 and up a CUDA device. */
typedef int32_t ctorch_device;

typedef char **ctorch_fault;

void ctorch_free(ctorch_tensor tensor);
void ctorch_free_text(char *text);

/* -- The library ------------------------------------------------------------------------------------------------------- */

const char *ctorch_version(void);
int ctorch_set_threads(int count, ctorch_fault fault);
int ctorch_thread_count(void);
/* The large blocks of tensors of the CPU (memory.cpp), in bytes: in use, freed and kept for the next of their size, and the
 * most that were in use at a time since the last `ctorch_release_freed`. */
struct ctorch_memory { size_t live, kept, most; };
struct ctorch_memory ctorch_memory_state(void);
/* Gives what was freed back to the system, as far as the C library can. */
void ctorch_release_freed(void);
/* Loads libtorch_cuda where it is there; how many devices there are. 0 where there are none. */
int ctorch_cuda_device_count(void);
int ctorch_seed(uint64_t seed, ctorch_fault fault);
/* The state of a device's generator as a vector of uint8 of the CPU. */
int ctorch_generator_state(ctorch_device device, ctorch_tensor *out, ctorch_fault fault);
int ctorch_set_generator_state(ctorch_device device, ctorch_tensor state, ctorch_fault fault);
/* Both return what was set before and belong to the calling thread. */
bool ctorch_set_gradients_enabled(bool enabled);
bool ctorch_gradients_enabled(void);
int ctorch_set_autocast(ctorch_device device, bool enabled, enum ctorch_type type, bool *before, ctorch_fault fault);

/* -- Making and reading ------------------------------------------------------------------------------------------------- */

int ctorch_empty(const int64_t *shape, int rank, enum ctorch_type type, ctorch_device device, ctorch_tensor *out,
                 ctorch_fault fault);
int ctorch_full(const int64_t *shape, int rank, double value, enum ctorch_type type, ctorch_device device,
                ctorch_tensor *out, ctorch_fault fault);
int ctorch_arange(int64_t count, enum ctorch_type type, ctorch_device device, ctorch_tensor *out, ctorch_fault fault);
/* Borrows memory of the CPU; `release(context)` is called when the last tensor on it goes, also where this fails. */
int ctorch_borrow(void *data, const int64_t *shape, int rank, enum ctorch_type type, void (*release)(void *),
                  void *context, ctorch_tensor *out, ctorch_fault fault);
/* Another handle of the same tensor. */
ctorch_tensor ctorch_share(ctorch_tensor tensor);

int ctorch_rank(ctorch_tensor tensor);
int64_t ctorch_extent(ctorch_tensor tensor, int axis);
enum ctorch_type ctorch_type_of(ctorch_tensor tensor);
ctorch_device ctorch_device_of(ctorch_tensor tensor);
bool ctorch_is_contiguous(ctorch_tensor tensor);
bool ctorch_requires_gradient(ctorch_tensor tensor);
/* The first element; NULL where the tensor is not a contiguous one of the CPU. */
void *ctorch_data(ctorch_tensor tensor);
/* The only element as a double. */
int ctorch_item(ctorch_tensor tensor, double *out, ctorch_fault fault);

/* -- Changing in place (outside of differentiation) ---------------------------------------------------------------------- */

int ctorch_copy_(ctorch_tensor target, ctorch_tensor source, ctorch_fault fault);
int ctorch_add_(ctorch_tensor target, ctorch_tensor other, double scale, ctorch_fault fault);
int ctorch_fill_(ctorch_tensor target, double value, ctorch_fault fault);
int ctorch_uniform_(ctorch_tensor target, double from, double to, ctorch_fault fault);
int ctorch_normal_(ctorch_tensor target, double mean, double deviation, ctorch_fault fault);
/* As torch.nn.init.trunc_normal_: the inverse error function of a uniform number; cut at a and b. */
int ctorch_truncated_normal_(ctorch_tensor target, double deviation, double a, double b, ctorch_fault fault);

/* -- Differentiation ------------------------------------------------------------------------------------------------------ */

int ctorch_set_requires_gradient(ctorch_tensor tensor, bool required, ctorch_fault fault);
int ctorch_backward(ctorch_tensor loss, ctorch_fault fault);
/* Gradients of the sum of `output` times `weight` (or NULL: output is one number); out[i] is NULL where there is none. */
int ctorch_gradients(ctorch_tensor output, ctorch_tensor weight, const ctorch_tensor *inputs, int count, bool keep_graph,
                     ctorch_tensor *out, ctorch_fault fault);
/* NULL where there is none. */
int ctorch_gradient_of(ctorch_tensor tensor, ctorch_tensor *out, ctorch_fault fault);
int ctorch_clear_gradients(const ctorch_tensor *tensors, int count, ctorch_fault fault);
int ctorch_detach(ctorch_tensor tensor, ctorch_tensor *out, ctorch_fault fault);

/* Work that is done again on the way back. `run` reads its inputs and makes `outputs` tensors, or returns a status and a
 * message from malloc; it is called on the thread that goes back. `release(context)` is called when no way back is left. */
typedef struct ctorch_work {
    int (*run)(void *context, const ctorch_tensor *inputs, ctorch_tensor *outputs, ctorch_fault fault);
    void (*release)(void *context);
    void *context;
    int outputs;
} ctorch_work;
/* Gives what the work has `made` of its inputs, without gradients, a way back by doing it again. `shared` is what the work uses
 * beside its inputs, `handed_on` the same as earlier work handed it on, or `shared` itself; `generator` the state of the
 * device's generator when the work was begun. `out` has room for the results and then what is handed on to later work. The
 * work is released also where this fails. */
int ctorch_recomputed(const ctorch_work *work, const ctorch_tensor *inputs, int input_count, const ctorch_tensor *shared,
                      const ctorch_tensor *handed_on, int shared_count, const ctorch_tensor *made, ctorch_device device,
                      ctorch_tensor generator, ctorch_tensor *out, ctorch_fault fault);

/* -- Arithmetic ------------------------------------------------------------------------------------------------------------- */

enum ctorch_unary {
    CTORCH_NEGATE, CTORCH_EXP, CTORCH_LOG, CTORCH_SQRT, CTORCH_ABS, CTORCH_TANH, CTORCH_SIGMOID, CTORCH_RELU,
    CTORCH_GELU, CTORCH_SILU, CTORCH_SQUARE, CTORCH_ISNAN, CTORCH_ROUND, CTORCH_SIGN, CTORCH_NOT,
    /* 0 for NaN. */
    CTORCH_WITHOUT_NAN,
};
int ctorch_apply(enum ctorch_unary operation, ctorch_tensor a, ctorch_tensor *out, ctorch_fault fault);
/* Over the tensor's own memory; differentiation knows. `out` is the same memory. */
int ctorch_relu_(ctorch_tensor a, ctorch_tensor *out, ctorch_fault fault);
int ctorch_leaky_relu_(ctorch_tensor a, double slope, ctorch_tensor *out, ctorch_fault fault);
int ctorch_clamp(ctorch_tensor a, double least, double largest, ctorch_tensor *out, ctorch_fault fault);

enum ctorch_binary {
    CTORCH_ADD, CTORCH_SUBTRACT, CTORCH_MULTIPLY, CTORCH_DIVIDE, CTORCH_MATMUL, CTORCH_MINIMUM, CTORCH_MAXIMUM,
    CTORCH_EQUAL, CTORCH_LESS, CTORCH_GREATER_OR_EQUAL, CTORCH_AND, CTORCH_OR,
};
int ctorch_combine(enum ctorch_binary operation, ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out,
                   ctorch_fault fault);
/* The second operand is a number; not for matmul. */
int ctorch_combine_number(enum ctorch_binary operation, ctorch_tensor a, double b, ctorch_tensor *out,
                          ctorch_fault fault);
int ctorch_where(ctorch_tensor condition, ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out, ctorch_fault fault);

enum ctorch_reduction { CTORCH_SUM, CTORCH_MEAN, CTORCH_LARGEST, CTORCH_LEAST, CTORCH_VARIANCE, CTORCH_NORM };
/* Over all axes where `rank` is 0. The variance is the population's. */
int ctorch_reduce(enum ctorch_reduction operation, ctorch_tensor a, const int64_t *axes, int rank, bool keep,
                  ctorch_tensor *out, ctorch_fault fault);
int ctorch_softmax(ctorch_tensor a, int64_t axis, ctorch_tensor *out, ctorch_fault fault);
int ctorch_argsort(ctorch_tensor a, int64_t axis, ctorch_tensor *out, ctorch_fault fault);
int ctorch_mean_squared_error(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out, ctorch_fault fault);

/* -- Shape ------------------------------------------------------------------------------------------------------------------- */

int ctorch_reshape(ctorch_tensor a, const int64_t *shape, int rank, ctorch_tensor *out, ctorch_fault fault);
int ctorch_expand(ctorch_tensor a, const int64_t *shape, int rank, ctorch_tensor *out, ctorch_fault fault);
int ctorch_permute(ctorch_tensor a, const int64_t *axes, int rank, ctorch_tensor *out, ctorch_fault fault);
int ctorch_transpose(ctorch_tensor a, int64_t first, int64_t second, ctorch_tensor *out, ctorch_fault fault);
int ctorch_unsqueeze(ctorch_tensor a, int64_t axis, ctorch_tensor *out, ctorch_fault fault);
int ctorch_squeeze(ctorch_tensor a, int64_t axis, ctorch_tensor *out, ctorch_fault fault);
int ctorch_flatten(ctorch_tensor a, int64_t first, int64_t last, ctorch_tensor *out, ctorch_fault fault);
int ctorch_narrow(ctorch_tensor a, int64_t axis, int64_t start, int64_t length, ctorch_tensor *out,
                  ctorch_fault fault);
int ctorch_select(ctorch_tensor a, int64_t axis, int64_t index, ctorch_tensor *out, ctorch_fault fault);
/* `out` has room for `parts` tensors. */
int ctorch_chunk(ctorch_tensor a, int64_t parts, int64_t axis, ctorch_tensor *out, ctorch_fault fault);
/* Parts of `lengths`, `count` of them; `out` has room for as many. */
int ctorch_split(ctorch_tensor a, const int64_t *lengths, int count, int64_t axis, ctorch_tensor *out,
                 ctorch_fault fault);
/* All elements of an axis, which is gone; `out` has room for `count`, its length. */
int ctorch_unbind(ctorch_tensor a, int64_t axis, int64_t count, ctorch_tensor *out, ctorch_fault fault);
int ctorch_concatenate(const ctorch_tensor *parts, int count, int64_t axis, ctorch_tensor *out, ctorch_fault fault);
int ctorch_stack(const ctorch_tensor *parts, int count, int64_t axis, ctorch_tensor *out, ctorch_fault fault);
int ctorch_roll(ctorch_tensor a, const int64_t *shifts, const int64_t *axes, int rank, ctorch_tensor *out,
                ctorch_fault fault);
int ctorch_repeat_interleave(ctorch_tensor a, int64_t count, int64_t axis, ctorch_tensor *out, ctorch_fault fault);
int ctorch_index_select(ctorch_tensor a, int64_t axis, ctorch_tensor indices, ctorch_tensor *out, ctorch_fault fault);
int ctorch_gather(ctorch_tensor a, int64_t axis, ctorch_tensor indices, ctorch_tensor *out, ctorch_fault fault);
/* Two numbers an axis (before, after), the last axis first, as torch.nn.functional.pad. */
int ctorch_pad(ctorch_tensor a, const int64_t *sizes, int count, double value, ctorch_tensor *out,
               ctorch_fault fault);
int ctorch_contiguous(ctorch_tensor a, ctorch_tensor *out, ctorch_fault fault);
/* Lays a tensor of four axes out with its channels fastest; shape and values stay. */
int ctorch_channels_last(ctorch_tensor a, ctorch_tensor *out, ctorch_fault fault);
int ctorch_clone(ctorch_tensor a, ctorch_tensor *out, ctorch_fault fault);
int ctorch_to(ctorch_tensor a, enum ctorch_type type, ctorch_device device, ctorch_tensor *out, ctorch_fault fault);

/* -- Layers ------------------------------------------------------------------------------------------------------------------- */

int ctorch_linear(ctorch_tensor x, ctorch_tensor weight, ctorch_tensor bias_or_null, ctorch_tensor *out,
                  ctorch_fault fault);
struct ctorch_convolution {
    int rank;                       /* of the picture: 2 or 3 */
    int64_t stride[3], padding[3], dilation[3], output_padding[3], groups;
    bool transposed;
};
int ctorch_convolve(ctorch_tensor x, ctorch_tensor weight, ctorch_tensor bias_or_null,
                    const struct ctorch_convolution *form, ctorch_tensor *out, ctorch_fault fault);
int ctorch_layer_norm(ctorch_tensor x, ctorch_tensor weight, ctorch_tensor bias, double epsilon, ctorch_tensor *out,
                      ctorch_fault fault);
int ctorch_group_norm(ctorch_tensor x, int64_t groups, ctorch_tensor weight, ctorch_tensor bias, double epsilon,
                      ctorch_tensor *out, ctorch_fault fault);
/* In training the running statistics are changed in place. */
int ctorch_batch_norm(ctorch_tensor x, ctorch_tensor weight, ctorch_tensor bias, ctorch_tensor running_mean,
                      ctorch_tensor running_variance, bool training, double momentum, double epsilon,
                      ctorch_tensor *out, ctorch_fault fault);
int ctorch_dropout(ctorch_tensor x, double probability, ctorch_tensor *out, ctorch_fault fault);
/* Drops whole channels (axes 0 and 1). */
/* Over the tensor's own memory, as `ctorch_relu_`. */
int ctorch_feature_dropout_(ctorch_tensor x, double probability, ctorch_tensor *out, ctorch_fault fault);
/* softmax(q kᵀ / √width) v over the last two axes, without keeping the map. */
/* A scale of 0 stands for 1 / √width. */
int ctorch_attention(ctorch_tensor query, ctorch_tensor key, ctorch_tensor value, ctorch_tensor mask_or_null,
                     double scale, double dropout, ctorch_tensor *out, ctorch_fault fault);
int ctorch_upsample_nearest(ctorch_tensor x, const int64_t *size, int rank, ctorch_tensor *out, ctorch_fault fault);
int ctorch_pixel_shuffle(ctorch_tensor x, int64_t factor, ctorch_tensor *out, ctorch_fault fault);
int ctorch_pixel_unshuffle(ctorch_tensor x, int64_t factor, ctorch_tensor *out, ctorch_fault fault);

/* -- Optimisation (outside of differentiation) ---------------------------------------------------------------------------------- */

struct ctorch_adam {
    double rate, beta1, beta2, epsilon, decay;
    bool decoupled;                 /* AdamW */
};
/* One step for all tensors at once; each must have a gradient. `steps` are numbers of float32, raised by one here. */
int ctorch_adam_step(const ctorch_tensor *parameters, const ctorch_tensor *means, const ctorch_tensor *squares,
                     const ctorch_tensor *steps, int count, const struct ctorch_adam *form, ctorch_fault fault);
/* The 2-norm of all gradients as one; where it exceeds `limit` they are scaled to it. `limit` ≤ 0 only measures. */
int ctorch_clip_gradients(const ctorch_tensor *parameters, int count, double limit, double *norm, ctorch_fault fault);
int ctorch_scale_gradients(const ctorch_tensor *parameters, int count, double factor, ctorch_fault fault);

#ifdef __cplusplus
}
#endif

#endif
