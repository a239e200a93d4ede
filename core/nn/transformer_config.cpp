// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/transformer_config.h"

#include "base/error.h"

namespace clipscope {

Activation parseActivation(const std::string& name, const std::string& subject)
{
    if (name == "quick_gelu")
        return Activation::QuickGelu;
    if (name == "gelu")
        return Activation::Gelu;
    if (name == "gelu_new" || name == "gelu_pytorch_tanh" || name == "gelu_fast")
        return Activation::GeluTanh;
    if (name == "relu")
        return Activation::Relu;
    throw Error(ErrorKind::Model, "the activation function \"" + name + "\" is not known", subject,
        "Clipscope knows quick_gelu, gelu, gelu_new and relu.");
}

const char* toString(Activation activation)
{
    switch (activation) {
    case Activation::QuickGelu:
        return "quick_gelu";
    case Activation::Gelu:
        return "gelu";
    case Activation::GeluTanh:
        return "gelu_new";
    case Activation::Relu:
        return "relu";
    }
    return "gelu";
}

} // namespace clipscope
