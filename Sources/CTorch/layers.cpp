// What layers are made of.
#include "guard.h"

using namespace ctorch;

int ctorch_linear(ctorch_tensor x, ctorch_tensor weight, ctorch_tensor bias, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::linear(get(x), get(weight), get_optional(bias)); });
}

// By the functions of each rank: those are the ones that autocast knows.
static at::Tensor convolved(const at::Tensor &x, const at::Tensor &weight, const std::optional<at::Tensor> &bias,
                            const ctorch_convolution &form) {
    const int rank = form.rank;
    const auto stride = extents(form.stride, rank), padding = extents(form.padding, rank),
               dilation = extents(form.dilation, rank), output = extents(form.output_padding, rank);
    TORCH_CHECK(1 <= rank && rank <= 3, "convolutions have one to three axes, not ", rank);
    if (form.transposed) {
        if (rank == 1) return at::conv_transpose1d(x, weight, bias, stride, padding, output, form.groups, dilation);
        if (rank == 2) return at::conv_transpose2d(x, weight, bias, stride, padding, output, form.groups, dilation);
        return at::conv_transpose3d(x, weight, bias, stride, padding, output, form.groups, dilation);
    }
    if (rank == 1) return at::conv1d(x, weight, bias, stride, padding, dilation, form.groups);
    if (rank == 2) return at::conv2d(x, weight, bias, stride, padding, dilation, form.groups);
    return at::conv3d(x, weight, bias, stride, padding, dilation, form.groups);
}

int ctorch_convolve(ctorch_tensor x, ctorch_tensor weight, ctorch_tensor bias, const ctorch_convolution *form,
                    ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return convolved(get(x), get(weight), get_optional(bias), *form); });
}

int ctorch_layer_norm(ctorch_tensor x, ctorch_tensor weight, ctorch_tensor bias, double epsilon, ctorch_tensor *out,
                      ctorch_fault fault) {
    return yields(out, fault,
                  [&] { return at::layer_norm(get(x), get(weight).sizes(), get(weight), get(bias), epsilon); });
}

int ctorch_group_norm(ctorch_tensor x, int64_t groups, ctorch_tensor weight, ctorch_tensor bias, double epsilon,
                      ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::group_norm(get(x), groups, get(weight), get(bias), epsilon); });
}

int ctorch_batch_norm(ctorch_tensor x, ctorch_tensor weight, ctorch_tensor bias, ctorch_tensor running_mean,
                      ctorch_tensor running_variance, bool training, double momentum, double epsilon,
                      ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] {
        return at::batch_norm(get(x), get(weight), get(bias), get(running_mean), get(running_variance), training,
                              momentum, epsilon, true);
    });
}

int ctorch_dropout(ctorch_tensor x, double probability, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::dropout(get(x), probability, true); });
}

int ctorch_feature_dropout(ctorch_tensor x, double probability, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::feature_dropout(get(x), probability, true); });
}

int ctorch_attention(ctorch_tensor query, ctorch_tensor key, ctorch_tensor value, ctorch_tensor mask, double scale,
                     double dropout, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] {
        const auto factor = scale == 0 ? std::nullopt : std::optional<double>(scale);
        return at::scaled_dot_product_attention(get(query), get(key), get(value), get_optional(mask), dropout,
                                                /*is_causal=*/false, factor);
    });
}

int ctorch_upsample_nearest(ctorch_tensor x, const int64_t *size, int rank, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] {
        return rank == 3 ? at::upsample_nearest3d(get(x), extents(size, rank))
                         : at::upsample_nearest2d(get(x), extents(size, rank));
    });
}

int ctorch_pixel_shuffle(ctorch_tensor x, int64_t factor, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::pixel_shuffle(get(x), factor); });
}

int ctorch_pixel_unshuffle(ctorch_tensor x, int64_t factor, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::pixel_unshuffle(get(x), factor); });
}
