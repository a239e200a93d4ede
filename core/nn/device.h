// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <c10/core/Device.h>
#include <c10/util/Exception.h>

#include <string>

namespace clipscope {

/// "auto" (the first GPU when there is one, else the CPU), "cpu" or "cuda:N" ("cuda" = "cuda:0").
/// Throws Error(Resource) for a GPU that is not there, Error(Input) for another spelling.
at::Device parseDevice(const std::string& name);
int gpuCount();
std::string deviceName(at::Device device); ///< "cpu", "cuda:0"

/// The one-sentence Error for what LibTorch threw: Resource when memory ran out, else Internal.
Error translated(const c10::Error& error, const std::string& subject);

/// fn(), with LibTorch's exceptions translated: every public function of core that computes with tensors goes through
/// it.
template <class Function> auto withTorchErrors(const std::string& subject, Function&& fn)
{
    try {
        return fn();
    } catch (const c10::Error& error) {
        throw translated(error, subject);
    }
}

} // namespace clipscope
