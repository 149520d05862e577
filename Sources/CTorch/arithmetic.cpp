// Element by element, sums and products.
#include "guard.h"

using namespace ctorch;

namespace {

at::Tensor apply(ctorch_unary operation, const at::Tensor &a) {
    switch (operation) {
    case CTORCH_NEGATE: return at::neg(a);
    case CTORCH_EXP: return at::exp(a);
    case CTORCH_LOG: return at::log(a);
    case CTORCH_SQRT: return at::sqrt(a);
    case CTORCH_ABS: return at::abs(a);
    case CTORCH_TANH: return at::tanh(a);
    case CTORCH_SIGMOID: return at::sigmoid(a);
    case CTORCH_RELU: return at::relu(a);
    case CTORCH_GELU: return at::gelu(a);
    case CTORCH_SILU: return at::silu(a);
    case CTORCH_SQUARE: return at::square(a);
    case CTORCH_ISNAN: return at::isnan(a);
    case CTORCH_ROUND: return at::round(a);
    case CTORCH_SIGN: return at::sign(a);
    case CTORCH_NOT: return at::logical_not(a);
    case CTORCH_WITHOUT_NAN: return at::nan_to_num(a, 0, INFINITY, -INFINITY);
    }
    TORCH_CHECK(false, "unknown operation ", static_cast<int>(operation));
}

template <typename Other>
at::Tensor combine(ctorch_binary operation, const at::Tensor &a, const Other &b) {
    switch (operation) {
    case CTORCH_ADD: return at::add(a, b);
    case CTORCH_SUBTRACT: return at::sub(a, b);
    case CTORCH_MULTIPLY: return at::mul(a, b);
    case CTORCH_DIVIDE: return at::div(a, b);
    case CTORCH_EQUAL: return at::eq(a, b);
    case CTORCH_LESS: return at::lt(a, b);
    case CTORCH_GREATER_OR_EQUAL: return at::ge(a, b);
    default: break;
    }
    TORCH_CHECK(false, "operation ", static_cast<int>(operation), " does not exist for these operands");
}

at::Tensor combine_tensors(ctorch_binary operation, const at::Tensor &a, const at::Tensor &b) {
    switch (operation) {
    case CTORCH_MATMUL: return at::matmul(a, b);
    case CTORCH_MINIMUM: return at::minimum(a, b);
    case CTORCH_MAXIMUM: return at::maximum(a, b);
    case CTORCH_AND: return at::logical_and(a, b);
    case CTORCH_OR: return at::logical_or(a, b);
    default: return combine(operation, a, b);
    }
}

at::Tensor reduce(ctorch_reduction operation, const at::Tensor &a, at::IntArrayRef axes, bool keep) {
    std::vector<int64_t> every;
    if (axes.empty()) {
        for (int64_t axis = 0; axis < a.dim(); ++axis) every.push_back(axis);
        axes = every;
    }
    switch (operation) {
    case CTORCH_SUM: return at::sum(a, axes, keep);
    case CTORCH_MEAN: return at::mean(a, axes, keep);
    case CTORCH_LARGEST: return at::amax(a, axes, keep);
    case CTORCH_LEAST: return at::amin(a, axes, keep);
    case CTORCH_VARIANCE: return at::var(a, axes, false, keep);
    case CTORCH_NORM: return at::norm(a, 2, axes, keep);
    }
    TORCH_CHECK(false, "unknown reduction ", static_cast<int>(operation));
}

}  // namespace

int ctorch_apply(ctorch_unary operation, ctorch_tensor a, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return apply(operation, get(a)); });
}

int ctorch_relu_(ctorch_tensor a, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::relu_(get_mutable(a)); });
}

int ctorch_leaky_relu_(ctorch_tensor a, double slope, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::leaky_relu_(get_mutable(a), slope); });
}

int ctorch_clamp(ctorch_tensor a, double least, double largest, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::clamp(get(a), least, largest); });
}

int ctorch_combine(ctorch_binary operation, ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out,
                   ctorch_fault fault) {
    return yields(out, fault, [&] { return combine_tensors(operation, get(a), get(b)); });
}

int ctorch_combine_number(ctorch_binary operation, ctorch_tensor a, double b, ctorch_tensor *out,
                          ctorch_fault fault) {
    return yields(out, fault, [&] { return combine(operation, get(a), at::Scalar(b)); });
}

int ctorch_where(ctorch_tensor condition, ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::where(get(condition), get(a), get(b)); });
}

int ctorch_reduce(ctorch_reduction operation, ctorch_tensor a, const int64_t *axes, int rank, bool keep,
                  ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return reduce(operation, get(a), extents(axes, rank), keep); });
}

int ctorch_softmax(ctorch_tensor a, int64_t axis, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::softmax(get(a), axis); });
}

int ctorch_argsort(ctorch_tensor a, int64_t axis, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::argsort(get(a), /*stable=*/true, axis, /*descending=*/false); });
}

int ctorch_mean_squared_error(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] {
        TORCH_CHECK(get(a).sizes() == get(b).sizes(), "shapes differ");
        return at::mse_loss(get(a), get(b));
    });
}
