// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace clipscope {

enum class Activation {
    QuickGelu, ///< x * sigmoid(1.702 x): OpenAI's CLIP
    Gelu, ///< exact, by erf: OpenCLIP, BERT
    GeluTanh, ///< the tanh approximation ("gelu_new", "gelu_pytorch_tanh")
    Relu
};

struct TransformerConfig {
    int64_t width = 0;
    int64_t layers = 0;
    int64_t heads = 0; ///< divides width
    int64_t mlpWidth = 0;
    Activation activation = Activation::QuickGelu;
    bool preNorm = true; ///< x + f(LN(x)) (CLIP); false: LN(x + f(x)) (BERT)
    double epsilon = 1e-5;
};

/// "quick_gelu", "gelu", "gelu_new", "relu" as configurations spell them. Throws Error(Model) naming `subject`.
Activation parseActivation(const std::string& name, const std::string& subject);
const char* toString(Activation activation);

} // namespace clipscope
